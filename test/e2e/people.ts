import { randomBytes, randomUUID } from 'node:crypto';
import { broken } from '../docs/promised.js';
import { stack } from './browser.js';

export const { origin, activation, partnerKey } = stack();

/** A whole, valid form; each test changes what it is about. */
export const form = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  activation,
  givenName: 'Planted',
  familyName: `Quince${letters()}`,
  email: `planted.${randomBytes(5).toString('hex')}@example.org`,
  phone: '+447700900123',
  postcode: 'OL1 1AA',
  ageBand: '18-plus',
  language: 'en',
  channel: 'email',
  availability: {
    from: new Date().toISOString().slice(0, 10),
    slots: ['weekday-morning', 'weekend-morning'],
    maxDistanceKm: 15,
  },
  roles: [],
  skills: [],
  vehicle: false,
  remoteOnly: false,
  declarations: { privacy: '2026-11' },
  ...change,
});

/** Letters only, since names hold no digits. */
const letters = (): string => [...randomBytes(6)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Of many shapes; the tests look into it. */
  readonly body: any;
}

export async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(path.startsWith('http') ? path : `${origin}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json');
  const seen = { status: answer.status, headers: answer.headers, body: text && json ? JSON.parse(text) : text };
  // Whatever a test is about: what was answered is what docs/openapi.json promises.
  const faults = json || text === '' ? broken(method, path, answer.status, text === '' ? undefined : seen.body) : [];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return seen;
}

export const apply = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call('POST', '/v1/applications', body, {
    authorization: `Bearer ${partnerKey}`,
    'idempotency-key': randomUUID(),
    ...headers,
  });

/** A staff member's bearer token, from the local sign-in server. */
export async function token(email: string): Promise<string> {
  const answer = await call('POST', `${stack().providers['sign-in']?.url}/dev-token`, { email });
  return answer.body.access_token ?? answer.body.token ?? answer.body;
}

/** Asks again until it holds; what it last saw stands in the failure. */
export async function eventually<T>(ask: () => Promise<T>, holds: (seen: T) => boolean, within = 30_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const seen = await ask();
    if (holds(seen)) return seen;
    if (Date.now() > end) throw new Error(`not within ${within} ms; last seen: ${JSON.stringify(seen)?.slice(0, 600)}`);
    await new Promise((resolve) => void setTimeout(resolve, 200));
  }
}
