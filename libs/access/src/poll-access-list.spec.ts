import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Log } from '@app/telemetry';
import { AccessList, type AccessListData, type AccessListSource } from './access-list.js';
import { AccessListPoll } from './poll-access-list.js';

const KEY: AccessListData['partnerKeys'][number] = {
  ...{ keyHash: 'a'.repeat(64), keyId: 'k', forumId: '019b0000-0000-7000-8000-000000000001' },
  ...{ organisationId: '019b0000-0000-7000-8000-000000000002', activationIds: [], scopes: [], perMinute: 1 },
};

test('whoever is first put on the list is let in soon; then it is asked for every ten seconds', async () => {
  let asked = 0;
  const now: AccessListData = { members: [], endedSessions: [], partnerKeys: [] };
  const source: AccessListSource = { current: () => Promise.resolve((asked++, structuredClone(now))) };
  const list = new AccessList();
  const poll = new AccessListPoll(list, { is: 'here', source }, Log.silent());
  await poll.start();
  try {
    expect(asked).toBe(1);
    now.partnerKeys.push(KEY);
    await sleep(1_300);
    expect(list.keyOf(KEY.keyHash)).toEqual(KEY);
    const then = asked;
    await sleep(1_500);
    expect(asked).toBe(then);
  } finally {
    poll.stop();
  }
});
