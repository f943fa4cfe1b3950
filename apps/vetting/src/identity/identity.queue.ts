import { z } from 'zod';
import { defineQueue } from '@app/queue';

export const CheckJob = z.strictObject({ checkId: z.uuid(), attempt: z.int(), round: z.int() });
export type CheckJob = z.infer<typeof CheckJob>;

export const IDENTITY = 'identity';
export const IdentityQueue = defineQueue({
  name: 'vetting.identity',
  job: CheckJob,
  ratePerSecond: 100,
  concurrency: 150,
  circuit: IDENTITY,
});
