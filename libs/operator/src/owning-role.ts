import type { StaffRole } from '@app/access';

const OWNERS: Readonly<Record<string, StaffRole>> = {
  vetting: 'vetting-officer',
  intake: 'hub-coordinator',
  coordination: 'approver',
};

/** Who answers for what an event decides about people: the context before the first dot says it. */
export const owningRole = (type: string | null): StaffRole => OWNERS[type?.split('.', 1)[0] ?? ''] ?? 'approver';
