import { connect, type Socket } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form, origin } from '../e2e/people.js';
import { crowd, stack } from './stack.js';

jest.setTimeout(180_000);

const HEADERS_MS = 5_000;
const BODY_MS = 10_000;
/** Looks at connections come once a second, and this machine may be busy. */
const SLACK_MS = 6_000;

describe('S24 Slow bodies, endless streams', () => {
  /** Host and port to knock at, and the name to call it by: the front, and an app behind it. */
  const doors: [name: string, url: () => URL][] = [
    ['the front', () => new URL(origin)],
    ['an app', () => new URL(stack().apps['intake']![0]!.url)],
    ["an app's second listener", () => new URL(stack().apps['intake']![0]!.adminUrl)],
  ];

  interface Drip {
    readonly socket: Socket;
    /** Milliseconds until the other side closed, and what it said before. */
    readonly ended: Promise<{ after: number; said: string }>;
  }
  /** Says `begin`, then one byte of `more` every 400 ms, for as long as it is let. */
  const drip = (url: URL, begin: string, more: string): Drip => {
    const socket = connect(Number(url.port), '127.0.0.1');
    const began = Date.now();
    let said = '';
    let at = 0;
    socket.on('data', (chunk) => (said += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(begin);
    const timer = setInterval(() => {
      if (socket.writable) socket.write(more[at++ % more.length]!);
    }, 400);
    const ended = new Promise<{ after: number; said: string }>((resolve) => {
      socket.once('close', () => {
        clearInterval(timer);
        resolve({ after: Date.now() - began, said });
      });
      socket.once('end', () => socket.end());
    });
    return { socket, ended };
  };
  const within = async <T>(ms: number, what: Promise<T>): Promise<T | 'still open'> => {
    let timer: NodeJS.Timeout;
    const late = new Promise<'still open'>((resolve) => (timer = setTimeout(() => resolve('still open'), ms)));
    return Promise.race([what, late]).finally(() => clearTimeout(timer));
  };
  const host = new URL(origin).host;

  // These wait and do nothing else, so they wait beside one another.
  test.concurrent.each(doors)('headers that never end are cut off by %s after five seconds', async (_, url) => {
    const begin = `GET / HTTP/1.1\r\nHost: ${host}\r\n`;
    const slow = drip(url(), begin, 'X-Slow: yes, very\r\n');
    const seen = await within(HEADERS_MS + SLACK_MS, slow.ended);
    slow.socket.destroy();
    expect(seen).not.toBe('still open');
    const { after, said } = seen as Exclude<typeof seen, string>;
    expect(after).toBeGreaterThan(HEADERS_MS - 1_000);
    // Closed, or told so and closed.
    if (said !== '') expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test.concurrent('nothing at all is not waited for either', async () => {
    const knock = async (url: URL): Promise<void> => {
      const socket = connect(Number(url.port), '127.0.0.1');
      const closed = new Promise<true>((resolve) =>
        socket.once('close', () => resolve(true)).on('error', () => undefined),
      );
      socket.resume().write('GET / HTT');
      expect(await within(HEADERS_MS + SLACK_MS, closed)).toBe(true);
      socket.destroy();
    };
    await Promise.all(doors.slice(0, 2).map(([, url]) => knock(url())));
  });

  test.concurrent.each(
    doors
      .slice(0, 2)
      .flatMap(([name, url]) =>
        ['Content-Length: 5000', 'Transfer-Encoding: chunked'].map((length) => [name, length, url] as const),
      ),
  )('a body that never ends is cut off by %s after ten seconds (%s)', async (_, length, url) => {
    const begin = `POST /v1/applications HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
    const slow = drip(
      url(),
      length.startsWith('Content') ? `${begin}{` : begin,
      length.startsWith('Content') ? ' ' : '1\r\n \r\n',
    );
    const seen = await within(BODY_MS + SLACK_MS, slow.ended);
    slow.socket.destroy();
    expect(seen).not.toBe('still open');
    const { after, said } = seen as Exclude<typeof seen, string>;
    expect(after).toBeGreaterThan(BODY_MS - 2_000);
    if (said !== '') expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test('while hundreds of them wait, people are answered', async () => {
    const many = crowd(400, 100);
    const slow = doors
      .slice(0, 2)
      .flatMap(([, url]) =>
        Array.from({ length: many / 2 }, (_, n) =>
          n % 2 === 0
            ? drip(url(), `GET / HTTP/1.1\r\nHost: ${host}\r\n`, 'X-Slow: yes\r\n')
            : drip(
                url(),
                `POST /v1/drafts HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`,
                ' ',
              ),
        ),
      );
    const began = Date.now();
    const { status } = await apply(form());
    expect(status).toBe(202);
    expect((await call('GET', `/${stack().activation}/help`)).status).toBe(200);
    expect(Date.now() - began).toBeLessThan(BODY_MS);
    const ends = await Promise.all(slow.map(({ ended }) => within(BODY_MS + SLACK_MS, ended)));
    for (const { socket } of slow) socket.destroy();
    expect(ends.filter((it) => it === 'still open')).toEqual([]);
  });

  test('a body without end that comes fast is cut off at 64 kB', async () => {
    for (const [name, url] of doors.slice(0, 2)) {
      const socket = connect(Number(url().port), '127.0.0.1');
      let said = '';
      socket.on('data', (chunk) => (said += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.write(
        `POST /v1/applications HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nIdempotency-Key: ${'k'.repeat(30)}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      let sent = 0;
      const pump = setInterval(() => {
        if (!socket.writable || said !== '') return;
        sent += 8192;
        socket.write(`2000\r\n${' '.repeat(8192)}\r\n`);
      }, 20);
      await eventually(
        () => Promise.resolve(said),
        (text) => text.includes('HTTP/1.1'),
        20_000,
      );
      clearInterval(pump);
      socket.end();
      expect([name, said.split('\r\n')[0]]).toEqual([name, expect.stringMatching(/ 413 /)]);
      expect(sent).toBeLessThan(2_000_000);
      socket.destroy();
      await closed;
    }
  });

  test('of a hundred streams on one link four are open, and another person’s are not touched', async () => {
    const [ann, bob] = [await apply(form()), await apply(form())];
    const leave = new AbortController();
    const open = (path: string): Promise<Response> =>
      fetch(`${origin}${path}/events`, { headers: { accept: 'text/event-stream' }, signal: leave.signal });
    const path = new URL(ann.body.statusUrl).pathname;
    try {
      const answers = await Promise.all(Array.from({ length: 100 }, () => open(path)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(96);
      for (const answer of refused) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await open(new URL(bob.body.statusUrl).pathname)).status).toBe(200);
    } finally {
      leave.abort();
    }
    // Whoever leaves makes room.
    await eventually(
      async () => {
        const again = new AbortController();
        const { status } = await fetch(`${origin}${path}/events`, {
          headers: { accept: 'text/event-stream' },
          signal: again.signal,
        });
        again.abort();
        return status;
      },
      (status) => status === 200,
    );
  });

  test('text made to keep a regular expression busy is refused by its length, at once', async () => {
    const long = 60_000;
    const tricky: Record<string, unknown>[] = [
      { givenName: `${'a '.repeat(long / 2)}!` },
      { familyName: "'-".repeat(long / 2) },
      { email: `${'a.'.repeat(long / 2)}@` },
      { email: `a@${'a-'.repeat(long / 2)}` },
      { phone: `+44${'7'.repeat(long)}` },
      { postcode: `${' '.repeat(long)}OL1 1A` },
      { support: `${'\u0301'.repeat(long / 2)}` },
      { availability: { from: `${'1'.repeat(long)}-01-01`, slots: ['weekday-morning'], maxDistanceKm: 5 } },
      { activation: `${'a-'.repeat(long / 2)}` },
      { roles: Array.from({ length: 9_000 }, () => 'a-') },
    ];
    for (const change of tricky) {
      const [field] = Object.keys(change);
      // The quickest of three: the machine may be busy, an expression that goes wrong is slow each time.
      let quickest = Infinity;
      for (let n = 0; n < 3 && quickest >= 3_000; n++) {
        const began = performance.now();
        const { status } = await apply(form(change));
        quickest = Math.min(quickest, performance.now() - began);
        expect([field, status]).toEqual([field, 422]);
      }
      expect([field, quickest < 3_000]).toEqual([field, true]);
    }
    for (const path of [
      `/s/${'a'.repeat(3_000)}`,
      `/${'a-'.repeat(1_500)}/help`,
      `/v1/plans?cursor=${'='.repeat(3_000)}`,
    ]) {
      const { status } = await call('GET', path);
      expect([path.slice(0, 20), status >= 400 && status < 500]).toEqual([path.slice(0, 20), true]);
    }
  });
});
