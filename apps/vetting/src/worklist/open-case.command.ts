import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { notFound } from '@app/http';
import { Transactions } from '@app/messaging';
import { Keyring, type Subject } from '@app/privacy';
import type { Check } from '../checks/check.js';
import { ChecksQuery, type WorklistItem } from './checks.query.js';
import { DeterminationRepository } from './determination.repository.js';

export interface OpenedCase extends WorklistItem {
  /** What the person answered and what the provider said; gone after purge or erasure. */
  readonly answers: Record<string, unknown> | null;
  readonly result: Record<string, unknown> | null;
  readonly identity: Record<string, unknown> | null;
  readonly acts: readonly { act: string; outcome: string; reasonCode: string; at: string; note: string | null }[];
}

/** Opens what is sealed about one person, for an officer who has to decide; that it was seen is written down first. */
export class OpenCase extends Command<OpenedCase> {
  constructor(
    readonly by: Staff,
    readonly checkId: string,
  ) {
    super();
  }
}

@CommandHandler(OpenCase)
export class OpenCaseHandler implements ICommandHandler<OpenCase> {
  constructor(
    private readonly transactions: Transactions,
    private readonly checks: ChecksQuery,
    private readonly determinations: DeterminationRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async execute({ by, checkId }: OpenCase): Promise<OpenedCase> {
    const item = await this.checks.find(by, checkId);
    if (!item) throw notFound();
    return this.transactions.run(async (tx) => {
      const check = (await this.determinations.check(tx, by.forumId, checkId))!;
      const identity = check.kind === 'dbs' ? await this.determinations.identityOf(tx, check.applicationId) : null;
      const acts = await this.determinations.acts(tx, checkId);
      await this.determinations.disclosed(tx, check, `${check.kind}-check`, by.memberId, this.clock.now());
      const subject: Subject = { forumId: check.forumId, personId: check.applicationId, compartment: 'checks' };
      const keys = await this.keyring.fetch(tx, [subject]);
      const open = (place: string, version: number | null, sealed: string | null): Record<string, unknown> | null =>
        sealed === null || version === null || !this.keyring.has(keys, subject)
          ? null
          : this.keyring.open(keys, { subject, place, version }, sealed);
      const resultOf = (of: Check | null) => (of ? open('check.result', of.resultVersion, of.result) : null);
      return {
        ...item,
        answers: open('task.answers', check.answersVersion, check.answers),
        result: resultOf(check),
        identity: resultOf(identity),
        acts: acts.map(({ note, noteVersion, at, ...act }) => ({
          ...act,
          at: at.toISOString(),
          note: (open('determination.note', noteVersion, note)?.['note'] as string | undefined) ?? null,
        })),
      };
    });
  }
}
