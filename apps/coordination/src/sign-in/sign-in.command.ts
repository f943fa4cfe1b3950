import { createHash, randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SessionMinter, type Staff } from '@app/access';
import { after, Clock, MINUTE, SystemClock } from '@app/calendar';
import { forbidden, Problem } from '@app/http';
import { Transactions, uuidv7 } from '@app/messaging';
import { Log } from '@app/telemetry';
import { AuditRepository } from '../members/audit.repository.js';
import { MemberRepository } from '../members/member.repository.js';
import { inAllForums, inForum } from '../forum-scope.repository.js';
import { Directory, type Identity } from './directory.js';
import { SessionRepository } from './session.repository.js';

/** A working session; after it the directory is asked again, which usually needs no click. */
const SESSION_MINUTES = 60;
const ATTEMPT_MINUTES = 10;

export interface Begun {
  readonly url: string;
  /** Binds the answer to the browser that asked. */
  readonly attempt: string;
}

export class BeginSignIn extends Command<Begun> {
  constructor(readonly returnTo: string) {
    super();
  }
}

export interface SignedIn {
  readonly cookie: string;
  readonly returnTo: string;
}

export class FinishSignIn extends Command<SignedIn> {
  constructor(
    readonly attempt: string,
    /** With its question mark, as the directory sent it. */
    readonly query: string,
  ) {
    super();
  }
}

export class SignOut extends Command<{ readonly cookie: string }> {
  constructor(readonly by: Staff) {
    super();
  }
}

/** Sessions keep real time, whatever clock the rest of the app is shown. */
const real = new SystemClock();

const hashOf = (attempt: string): Buffer => createHash('sha256').update(attempt).digest();

@CommandHandler(BeginSignIn)
export class BeginSignInHandler implements ICommandHandler<BeginSignIn> {
  constructor(
    private readonly transactions: Transactions,
    private readonly directory: Directory,
    private readonly sessions: SessionRepository,
  ) {}

  async execute({ returnTo }: BeginSignIn): Promise<Begun> {
    const { url, state, nonce, codeVerifier } = await this.directory.ask();
    const attempt = randomBytes(16).toString('base64url');
    const now = real.now();
    await this.transactions.run((tx) =>
      this.sessions.began(
        tx,
        hashOf(attempt),
        { state, nonce, codeVerifier, returnTo },
        after(now, ATTEMPT_MINUTES * MINUTE),
        now,
      ),
    );
    return { url, attempt };
  }
}

@CommandHandler(FinishSignIn)
export class FinishSignInHandler implements ICommandHandler<FinishSignIn> {
  constructor(
    private readonly transactions: Transactions,
    private readonly directory: Directory,
    private readonly sessions: SessionRepository,
    private readonly members: MemberRepository,
    private readonly audit: AuditRepository,
    private readonly minter: SessionMinter,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async execute({ attempt, query }: FinishSignIn): Promise<SignedIn> {
    const asked = await this.transactions.run((tx) => this.sessions.taken(tx, hashOf(attempt), real.now()));
    if (!asked) throw new Problem({ type: 'sign-in-expired', status: 400 });
    const identity = await this.identified(query, asked);
    const sessionId = uuidv7();
    const startedAt = real.now();
    const memberId = await this.transactions.run(async (tx) => {
      await inAllForums(tx);
      const member = await this.members.ofIdentity(tx, identity.issuer, identity.subject);
      if (!member) throw forbidden('not-a-member');
      const { forumId, id } = member;
      await inForum(tx, forumId);
      const endsAt = after(startedAt, SESSION_MINUTES * MINUTE);
      await this.sessions.opened(tx, { id: sessionId, forumId, memberId: id, startedAt, endsAt });
      await this.audit.did(tx, {
        forumId,
        memberId: id,
        at: this.clock.now(),
        act: 'signed-in',
        subject: 'session',
        subjectId: sessionId,
      });
      return id;
    });
    const { cookie } = await this.minter.mint({ ...identity, memberId, sessionId }, SESSION_MINUTES * 60);
    return { cookie, returnTo: asked.returnTo };
  }

  /** Whatever is wrong with the answer, the person may begin again; why, the log knows. */
  private async identified(query: string, asked: Parameters<Directory['identify']>[1]): Promise<Identity> {
    try {
      return await this.directory.identify(query, asked);
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.log.warn('sign-in-refused', { reason: (error as { code?: string }).code ?? 'unknown' });
      throw new Problem({ type: 'sign-in-refused', status: 400 });
    }
  }
}

@CommandHandler(SignOut)
export class SignOutHandler implements ICommandHandler<SignOut> {
  constructor(
    private readonly transactions: Transactions,
    private readonly sessions: SessionRepository,
    private readonly audit: AuditRepository,
    private readonly minter: SessionMinter,
    private readonly clock: Clock,
  ) {}

  async execute({ by }: SignOut): Promise<{ readonly cookie: string }> {
    const { sessionId, forumId, memberId } = by;
    if (sessionId) {
      await this.transactions.run(async (tx) => {
        await inForum(tx, forumId);
        const at = this.clock.now();
        await this.sessions.ended(tx, sessionId, real.now());
        await this.audit.did(tx, {
          forumId,
          memberId,
          at,
          act: 'signed-out',
          subject: 'session',
          subjectId: sessionId,
        });
      });
    }
    return { cookie: this.minter.clear() };
  }
}
