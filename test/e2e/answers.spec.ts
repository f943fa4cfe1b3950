import { expect, test } from '@jest/globals';
import { apply, call, eventually, form, token } from './people.js';

/** `call` holds every answer to docs/openapi.json; here each list and each of its items is asked for once. */
const LISTS: Readonly<Record<string, readonly [path: string, one?: (item: any) => string][]>> = {
  'duty@demo.example': [
    ['/v1/activations', (it) => `/v1/activations/${it.id}`],
    ['/v1/activations', (it) => `/v1/activations/${it.slug}/gaps`],
    ['/v1/activations', (it) => `/v1/activations/${it.slug}/log`],
    ['/v1/plans', (it) => `/v1/plans/${it.id}`],
    ['/v1/needs', (it) => `/v1/needs/${it.id}`],
    ['/v1/roles'],
    ['/v1/organisations'],
    ['/v1/hubs'],
    ['/v1/offers'],
    ['/v1/messages'],
    ['/v1/messages/captured'],
  ],
  'vetting@demo.example': [['/v1/checks', (it) => `/v1/checks/${it.id}`]],
  'operator@demo.example': [
    ['/v1/ops/dead-letters', (it) => `/v1/ops/dead-letters/${it.id}`],
    ['/v1/ops/audit'],
    ['/v1/messages'],
  ],
};

test.each(Object.entries(LISTS))('%s is answered as the document promises', async (email, lists) => {
  const authorization = `Bearer ${await token(email)}`;
  for (const [path, one] of lists) {
    const { status, body } = await call('GET', path, undefined, { authorization });
    expect([path, status]).toEqual([path, 200]);
    for (const item of one ? body.items.slice(0, 3) : []) {
      const seen = await call('GET', one!(item), undefined, { authorization });
      expect([one!(item), seen.status]).toEqual([one!(item), 200]);
    }
    expect((await call('GET', `${path}?cursor=nonsense`, undefined, { authorization })).status).toBeLessThan(500);
    expect((await call('GET', path)).status).toBe(401);
  }
});

test('one application is answered as promised to the person, the hub, the auditor and the operator', async () => {
  const { body } = await apply(form({ roles: ['sandbags'] }));
  const self = new URL(body.statusUrl).pathname;
  await eventually(
    () => call('GET', self),
    (seen) => seen.body.state === 'cleared',
  );
  for (const path of ['', '/data', '/withdraw', '/receipt', '/complaint'])
    expect([path, (await call('GET', `${self}${path}`)).status]).toEqual([path, 200]);
  expect((await call('POST', `${self}/complaint`, { says: 'Nobody rang me.' })).status).toBe(202);
  for (const email of ['auditor@demo.example', 'coordinator.oldham@demo.example', 'operator@demo.example']) {
    const authorization = `Bearer ${await token(email)}`;
    expect((await call('GET', `/v1/applications/${body.id}`, undefined, { authorization })).status).toBe(200);
  }
  const authorization = `Bearer ${await token('operator@demo.example')}`;
  for (const path of ['/v1/ops/overview', `/v1/ops/applications/${body.reference}`])
    expect([path, (await call('GET', path, undefined, { authorization })).status]).toEqual([path, 200]);
});
