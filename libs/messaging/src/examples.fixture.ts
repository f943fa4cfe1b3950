import { ApplicationPaused, ApplicationResumed, NeedStaffed } from '@app/contracts';
import { received } from '@app/testing';
import { uuidv7 } from './uuid.js';

export const FORUM = '0192f000-0000-7000-8000-000000000001';
export const ACTIVATION = '0192f000-0000-7000-8000-000000000002';

export const resumed = (applicationId: string, sequence = 1, id = uuidv7()) =>
  received(
    ApplicationResumed,
    { applicationId, activationId: ACTIVATION, forumId: FORUM, at: '2026-11-22T10:00:00.000Z' },
    { sequence, id },
  );

export const paused = (applicationId: string, sequence = 1, id = uuidv7()) =>
  received(
    ApplicationPaused,
    { applicationId, activationId: ACTIVATION, forumId: FORUM, at: '2026-11-22T10:00:00.000Z', until: null },
    { sequence, id },
  );

export const staffed = (needId: string, filled: number) => ({
  data: {
    needId,
    activationId: ACTIVATION,
    forumId: FORUM,
    places: 1_000_000,
    filled,
    at: '2026-11-22T10:00:00.000Z',
  },
  sequence: filled,
});

export { ApplicationPaused, ApplicationResumed, NeedStaffed };
