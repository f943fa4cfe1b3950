import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { CheckOutcome, ReasonCode } from '@app/contracts';
import { notFound, Problem } from '@app/http';
import { Transactions, uuidv7, type Tx } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { confirmed, ruled, type Refusal, type Ruling } from '../checks/check.decider.js';
import type { Check, CheckState } from '../checks/check.js';
import { CaseKeeper } from '../clearance/case-keeper.js';
import { CaseRepository } from '../clearance/case.repository.js';
import { advanced, withCheck } from '../clearance/clearance.decider.js';
import { PolicyRepository } from '../policy/policy.repository.js';
import { DeterminationRepository } from './determination.repository.js';

export const DeterminationForm = z.strictObject({
  outcome: CheckOutcome,
  reasonCode: ReasonCode,
  /** For colleagues; sealed under the person's key. */
  note: z.string().trim().max(2_000).optional(),
});
export type DeterminationForm = z.infer<typeof DeterminationForm>;

export interface Determined {
  readonly id: string;
  readonly state: CheckState;
  readonly outcome: CheckOutcome | null;
  readonly reasonCode: string | null;
  readonly awaiting: 'second-person' | null;
}

/** An officer decides a check, or, without a form, confirms what a colleague proposed. */
export class DetermineCheck extends Command<Determined> {
  constructor(
    readonly by: Staff,
    readonly checkId: string,
    readonly form: DeterminationForm | null,
  ) {
    super();
  }
}

const REFUSALS: Record<Refusal, { type: string; status: number }> = {
  'check-not-open': { type: 'check-not-open', status: 409 },
  'nothing-to-confirm': { type: 'nothing-to-confirm', status: 409 },
  'second-person-needed': { type: 'second-person-needed', status: 403 },
};

@CommandHandler(DetermineCheck)
export class DetermineCheckHandler implements ICommandHandler<DetermineCheck> {
  constructor(
    private readonly transactions: Transactions,
    private readonly determinations: DeterminationRepository,
    private readonly cases: CaseRepository,
    private readonly policies: PolicyRepository,
    private readonly keeper: CaseKeeper,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  execute({ by, checkId, form }: DetermineCheck): Promise<Determined> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const found = await this.determinations.check(tx, by.forumId, checkId);
      if (!found) throw notFound();
      const before = (await this.cases.lock(tx, [found.applicationId])).get(found.applicationId)!;
      const check = before.checks.find((one) => one.checkId === checkId)!;
      const ruling = form
        ? ruled(check, by.memberId, { outcome: form.outcome, reason: form.reasonCode }, now)
        : confirmed(check, by.memberId, now);
      if (ruling.is === 'refused') throw new Problem(REFUSALS[ruling.code]);
      const policy = (await this.policies.current(tx, [before.file.activationId])).get(before.file.activationId);
      const turn = withCheck(before, ruling.check, ruling.facts);
      const done = advanced(turn, policy?.policy ?? null, uuidv7, now);
      await this.keeper.keep(tx, [{ before, turn: done }], now);
      await this.record(tx, ruling, by, form, now);
      const after = done.checks.find((one) => one.checkId === checkId)!;
      return {
        id: checkId,
        state: after.state,
        outcome: after.outcome,
        reasonCode: after.proposedReason ?? after.reasonCode,
        awaiting: ruling.is === 'proposed' ? 'second-person' : null,
      };
    });
  }

  private async record(
    tx: Tx,
    ruling: Exclude<Ruling, { is: 'refused' }>,
    by: Staff,
    form: DeterminationForm | null,
    at: Date,
  ): Promise<void> {
    const { check } = ruling;
    await this.determinations.record(tx, {
      check,
      act: form === null ? 'confirmed' : ruling.is,
      outcome: (ruling.is === 'proposed' ? check.proposedOutcome : check.outcome)!,
      reasonCode: (ruling.is === 'proposed' ? check.proposedReason : check.reasonCode)!,
      note: form?.note ? { sealed: await this.sealed(tx, check, form.note), version: check.attempt } : null,
      by: by.memberId,
      at,
    });
  }

  private sealed(tx: Tx, check: Check, note: string): Promise<string> {
    const subject = { forumId: check.forumId, personId: check.applicationId, compartment: 'checks' as const };
    return this.keyring.sealOne(tx, { subject, place: 'determination.note', version: check.attempt }, { note });
  }
}
