import type { AccessRule } from '@app/access';

/** Views of all pages stand beside this file: they share one frame. */
export const DESK = import.meta.url;

export const LOOKERS = { staff: ['operator', 'auditor'] } satisfies AccessRule;
export const ACTORS = { staff: ['operator'] } satisfies AccessRule;
/** Letters that decide about people are discarded by a second person of the role that owns the matter. */
export const LETTER_ACTORS = {
  staff: ['operator', 'vetting-officer', 'hub-coordinator', 'approver'],
} satisfies AccessRule;
export const LETTER_LOOKERS = { staff: [...LETTER_ACTORS.staff, 'auditor'] } satisfies AccessRule;
