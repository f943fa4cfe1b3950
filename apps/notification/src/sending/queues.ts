import { z } from 'zod';
import { defineQueue } from '@app/queue';

const Job = z.strictObject({ id: z.uuid() });
export type SendJob = z.infer<typeof Job>;

/** What a usual relay takes without slowing down. */
export const emailQueue = defineQueue({
  name: 'notification.emails',
  job: Job,
  ratePerSecond: 600,
  concurrency: 200,
  circuit: 'mail',
});
/** GOV.UK Notify allows 3,000 calls a minute. */
export const textQueue = defineQueue({
  name: 'notification.texts',
  job: Job,
  ratePerSecond: 40,
  concurrency: 40,
  circuit: 'texts',
});
export const letterQueue = defineQueue({
  name: 'notification.letters',
  job: Job,
  ratePerSecond: 5,
  concurrency: 2,
  circuit: 'letters',
});
