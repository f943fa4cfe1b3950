import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { ApplicationSubmitted } from '@app/contracts';
import { uuidv7 } from '@app/messaging';

export const FORUM = uuidv7();

/** What an application says of itself on its way, of the size that it really has; `{id}` stands where its id goes. */
export const submittedText = (): string => {
  const id = uuidv7();
  const data = {
    ...{ applicationId: id, activationId: uuidv7(), forumId: FORUM, reference: 'MU-7K4D-93TQ-X', ownerId: uuidv7() },
    ...{ submittedAt: new Date().toISOString(), mode: 'open', channel: 'email', contactVersion: 1 },
    contact: `s1.${randomBytes(284).toString('base64url')}`,
    ...{ promiseDueAt: new Date(Date.now() + 86_400_000).toISOString(), language: 'en', ageBand: '18-plus' },
    ...{ roles: ['sandbags'], skills: ['driving', 'first-aid', 'lifting'], vehicle: true, remoteOnly: false },
    ...{ outwardCode: 'OL1', slots: ['weekday-morning', 'weekend-evening'], maxDistanceKm: 10 },
    ...{ availableFrom: '2026-11-22', profileVersion: 1 },
  };
  const parsed: unknown = ApplicationSubmitted.data.parse(data);
  return JSON.stringify(parsed).replaceAll(id, '{id}');
};

const EFFECT = 'key uuid primary key, sequence bigint not null, events integer not null, contact text not null';

/** Where the worker that consumes leaves what it did. */
export const prepareEffect = (database: Client): Promise<unknown> =>
  database.query(`drop table if exists vetting.bench_effect; create table vetting.bench_effect (${EFFECT});
    grant all on vetting.bench_effect to vetting; delete from vetting.consumer where name = 'vetting.bench'`);
