import { defineQueue } from '@app/queue';
import { CheckJob } from '../identity/identity.queue.js';

export const DBS = 'dbs';
export const DbsQueue = defineQueue({
  name: 'vetting.dbs',
  job: CheckJob,
  ratePerSecond: 50,
  concurrency: 100,
  circuit: DBS,
});
