import {
  ApplicationCleared,
  ApplicationConditionallyCleared,
  ApplicationDeclined,
  ApplicationReferred,
  CheckDelayed,
  CheckDetermined,
  CheckSent,
  TaskSet,
} from '@app/contracts';
import type { Received, Tx } from '@app/messaging';
import type { CaseFact, CaseFile, Turn } from './clearance.decider.js';

/** Something sealed that goes with the news that a check was sent. */
export interface ProviderPage {
  readonly sealed: string;
  readonly version: number;
}

interface Said {
  readonly turn: Turn;
  readonly causedBy?: Received | undefined;
  readonly page?: ProviderPage | undefined;
}

/** Says what was decided; each fact raises the file's version, which is its sequence. Returns the files as they then are. */
export function publishTurns(tx: Tx, said: readonly Said[], now: Date): CaseFile[] {
  return said.map(({ turn, causedBy, page }) => {
    let version = turn.file.version;
    for (const fact of turn.facts) publishOne(tx, turn.file, fact, ++version, now, causedBy, page);
    return version === turn.file.version ? turn.file : { ...turn.file, version };
  });
}

function publishOne(
  tx: Tx,
  file: CaseFile,
  fact: CaseFact,
  sequence: number,
  now: Date,
  causedBy: Received | undefined,
  page: ProviderPage | undefined,
): void {
  const whose = { applicationId: file.applicationId, activationId: file.activationId, forumId: file.forumId };
  const at = now.toISOString();
  const meta = { sequence, at: now, ...(causedBy ? { causedBy } : {}) };
  switch (fact.is) {
    case 'task-set':
      return tx.publish(TaskSet, [{ ...meta, data: { ...whose, task: fact.kind, reason: fact.reason, at } }]);
    case 'sent': {
      const link = page ? { providerPage: page.sealed, providerPageVersion: page.version } : {};
      return tx.publish(CheckSent, [{ ...meta, data: { ...whose, check: fact.kind, at, ...link } }]);
    }
    case 'delayed':
      return tx.publish(CheckDelayed, [{ ...meta, data: { ...whose, check: fact.kind, reason: fact.reason, at } }]);
    case 'determined':
      return tx.publish(CheckDetermined, [
        { ...meta, data: { ...whose, check: fact.kind, outcome: fact.outcome, at } },
      ]);
    case 'referred':
      return tx.publish(ApplicationReferred, [{ ...meta, data: { ...whose, check: fact.kind, at } }]);
    case 'declined':
      return tx.publish(ApplicationDeclined, [
        { ...meta, data: { ...whose, reason: fact.reason, appealUntil: fact.appealUntil.toISOString(), at } },
      ]);
    case 'cleared':
    case 'conditionally-cleared': {
      const { roles: chosen, ...profile } = file.profile!;
      const data = {
        ...whose,
        tier: fact.clearance.tier,
        clearedRoles: [...fact.clearance.roles],
        clearedAt: (file.clearedAt ?? now).toISOString(),
        ...profile,
        roles: [...chosen],
        profileVersion: file.profileVersion,
      };
      return tx.publish(fact.is === 'cleared' ? ApplicationCleared : ApplicationConditionallyCleared, [
        { ...meta, data },
      ]);
    }
  }
}
