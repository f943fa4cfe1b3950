import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database, type Transaction } from '@app/database';
import { MicroBatch, settledByHalves, type Settled } from '@app/http';
import { Transactions, uuidv7, type Tx } from '@app/messaging';
import { BlindIndex, Keyring, type DataKeys, type Subject } from '@app/privacy';
import { CaseKeeper, type Move } from '../clearance/case-keeper.js';
import { CaseRepository } from '../clearance/case.repository.js';
import { advanced, withCheck, type Turn } from '../clearance/clearance.decider.js';
import { PolicyRepository } from '../policy/policy.repository.js';
import { CertificateRepository } from './certificate.repository.js';
import { landed, referred, type Landing } from './check.decider.js';
import { OutwardRepository, type Outward } from './outward.repository.js';

/** A check on its way out, opened: what the person answered, and who a provider says they are. */
export interface Opened extends Outward {
  readonly given: unknown;
  readonly proven: unknown;
}

/** What a processor learned; bodies are sealed here and nowhere else. */
export type Learned =
  | { readonly is: 'clear'; readonly code: string; readonly body: object }
  | { readonly is: 'needs-human'; readonly code: string; readonly reason: string; readonly body: object | null }
  | { readonly is: 'taken'; readonly session: string; readonly silentAt: Date; readonly url: string | null }
  | Extract<Landing, { is: 'ask-again' | 'still-pending' | 'no-answer' | 'not-asked' }>;

export interface Arrival {
  readonly check: Outward;
  readonly learned: Learned;
  /** The certificate's number, when the answer is about one. */
  readonly certificateNumber?: string;
}

const subjectOf = (check: { forumId: string; applicationId: string }): Subject => ({
  forumId: check.forumId,
  personId: check.applicationId,
  compartment: 'checks',
});

const keyOf = ({ check }: Arrival): string => `${check.checkId}.${check.attempt}.${check.round}`;

/** Providers take longer than this; a transaction each would cost more than the checks. */
const PACE_MS = 100;

/** Takes checks out to providers and brings the answers in, many in one transaction. */
@Injectable()
export class CheckDesk {
  private readonly taking: MicroBatch<string, Opened | null>;
  private readonly landing: MicroBatch<Arrival, void>;

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly outward: OutwardRepository,
    private readonly cases: CaseRepository,
    private readonly keeper: CaseKeeper,
    private readonly policies: PolicyRepository,
    private readonly certificates: CertificateRepository,
    private readonly keyring: Keyring,
    private readonly blind: BlindIndex,
    private readonly clock: Clock,
  ) {
    this.taking = new MicroBatch({
      maxItems: 200,
      maxInFlight: 2,
      paceMs: PACE_MS,
      keyOf: (id) => id,
      run: (ids) => this.open(ids),
    });
    this.landing = new MicroBatch({
      maxItems: 200,
      maxInFlight: 1,
      paceMs: PACE_MS,
      keyOf,
      run: (arrivals) =>
        settledByHalves(arrivals, (some) => this.transactions.run((tx) => this.bring(tx, some)), keyOf),
    });
  }

  /** The check with its answers, or nothing when another try won or the person has gone. */
  async take(job: { checkId: string; attempt: number }): Promise<Opened | null> {
    const check = await this.taking.add(job.checkId);
    return check?.attempt === job.attempt ? check : null;
  }

  land(arrival: Arrival): Promise<void> {
    return this.landing.add(arrival);
  }

  private async open(ids: readonly string[]): Promise<Settled<Opened | null>[]> {
    const [checks, keys] = await this.database.read(async (tx) => {
      const found = await this.outward.take(tx, ids);
      return [found, await this.keyring.fetch(tx, found.map(subjectOf))] as const;
    });
    const opened = new Map(checks.map((check) => [check.checkId, this.opened(check, keys)]));
    return ids.map((id) => ({ is: 'done', key: id, value: opened.get(id) ?? null }));
  }

  private opened(check: Outward, keys: DataKeys): Opened | null {
    const subject = subjectOf(check);
    if (!this.keyring.has(keys, subject)) return null;
    const reveal = (place: string, version: number | null, sealed: string | null): unknown => {
      if (sealed === null || version === null) return null;
      try {
        return this.keyring.open(keys, { subject, place, version }, sealed);
      } catch {
        return null; // What does not open was not sealed for this place: the person is asked again, a human looks.
      }
    };
    return {
      ...check,
      given: reveal('task.answers', check.answersVersion, check.answers),
      proven: reveal('check.result', check.identityVersion, check.identity),
    };
  }

  private async bring(tx: Tx, arrivals: readonly Arrival[]): Promise<void> {
    const now = this.clock.now();
    const holders = await this.claim(tx, arrivals, now);
    const others = [...holders].filter(([own, holder]) => own !== holder).map(([, holder]) => holder);
    const turns = await this.cases.lock(tx, [...arrivals.map(({ check }) => check.applicationId), ...others]);
    const keys = await this.keyring.fetch(
      tx,
      arrivals.map(({ check }) => subjectOf(check)),
    );
    const policies = await this.policies.current(
      tx,
      [...turns.values()].map(({ file }) => file.activationId),
    );
    const moves = new Map<string, Move>();
    for (const [id, before] of turns) moves.set(id, { before, turn: before });
    for (const arrival of arrivals) {
      const { check } = arrival;
      const move = moves.get(check.applicationId);
      if (!move || !this.keyring.has(keys, subjectOf(check))) continue;
      const shared = arrival.certificateNumber && holders.get(check.applicationId) !== check.applicationId;
      const landing = this.sealed(keys, check, shared ? doubted(arrival.learned) : arrival.learned);
      moves.set(check.applicationId, {
        ...move,
        ...this.stepped(move.turn, check, landing, now),
        ...this.page(keys, arrival),
      });
    }
    for (const id of others) {
      const move = moves.get(id);
      const dbs = move?.turn.checks.find((one) => one.kind === 'dbs');
      if (!move || !dbs) continue;
      const decided = referred(dbs, 'certificate-shared', now);
      moves.set(id, { ...move, turn: withCheck(move.turn, decided.check, decided.facts) });
    }
    const done = [...moves.values()].map((move) => {
      const policy = policies.get(move.turn.file.activationId)?.policy ?? null;
      return { ...move, turn: advanced(move.turn, policy, uuidv7, now) };
    });
    await this.keeper.keep(tx, done, now);
  }

  private stepped(turn: Turn, of: Outward, landing: Landing, now: Date): { turn: Turn } {
    const check = turn.checks.find((one) => one.checkId === of.checkId);
    if (!check) return { turn };
    const decided = landed(check, of.attempt, landing, now);
    return { turn: withCheck(turn, decided.check, decided.facts) };
  }

  private async claim(tx: Transaction, arrivals: readonly Arrival[], now: Date): Promise<Map<string, string>> {
    const claims = [];
    for (const { check, certificateNumber } of arrivals) {
      if (!certificateNumber) continue;
      await this.blind.ensure(tx, check.activationId);
      const certificate = this.blind.of(check.activationId, 'certificate', certificateNumber);
      // Closed: whose it is can no longer be told, so that nothing is cleared by it.
      if (certificate === null) continue;
      claims.push({ activationId: check.activationId, applicationId: check.applicationId, certificate });
    }
    return this.certificates.claim(tx, claims, now);
  }

  private sealed(keys: DataKeys, check: Outward, learned: Learned): Landing {
    if (learned.is === 'taken') return { is: 'taken', session: learned.session, silentAt: learned.silentAt };
    if (learned.is !== 'clear' && learned.is !== 'needs-human') return learned;
    const { body, ...rest } = learned;
    const at = { subject: subjectOf(check), place: 'check.result', version: check.attempt };
    const result = body === null ? null : this.keyring.seal(keys, at, body);
    return { ...rest, result, version: result === null ? null : check.attempt } as Landing;
  }

  private page(keys: DataKeys, { check, learned }: Arrival): Pick<Move, 'page'> {
    if (learned.is !== 'taken' || learned.url === null) return {};
    const at = { subject: subjectOf(check), place: 'check.provider-page', version: check.attempt };
    return { page: { sealed: this.keyring.seal(keys, at, { url: learned.url }), version: check.attempt } };
  }
}

/** A certificate that somebody else has shown clears nobody, whatever the register says of it. */
const doubted = (learned: Learned): Learned =>
  learned.is === 'clear' || learned.is === 'needs-human' || learned.is === 'ask-again'
    ? {
        is: 'needs-human',
        code: learned.code,
        reason: 'certificate-shared',
        body: learned.is === 'ask-again' ? null : learned.body,
      }
    : learned;
