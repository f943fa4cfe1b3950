import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { apply, call, eventually, form } from './people.js';

/** S16, I7: what a person typed stands nowhere in the clear: not in a topic, a log, a job, a table. */
const planted = {
  familyName: 'Zyxwquince',
  email: 'zyxwquince@example.org',
  support: 'Zyxwramp at the door',
  postcode: 'OL1 1ZX',
};
const home = dirname(process.env.MUSTER_STACK ?? '');

beforeAll(async () => {
  const { body } = await apply(form({ ...planted, roles: ['sandbags'] }));
  await eventually(
    () => call('GET', body.statusUrl),
    (seen) => seen.body.state === 'cleared',
  );
  await eventually(
    () => call('GET', `/dev/mail?to=${planted.email}`),
    (seen) => seen.body.items.length > 0,
  );
}, 60_000);

const needles = Object.values(planted).flatMap((value) => [
  value,
  value.toUpperCase(),
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('hex'),
]);

function* files(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const entry = statSync(path, { throwIfNoEntry: false });
    if (entry?.isDirectory()) yield* files(path);
    else if (entry?.isFile()) yield path;
  }
}

test('nothing of it is on disk, but where the outside world keeps what it was sent', () => {
  const found: string[] = [];
  let read = 0;
  for (const path of files(home)) {
    // The mail catcher, the texts and the identity provider are the world outside: they must have it.
    if (/\/(mail|texts|identity|dbs|sign-in|reports)\//.test(path.slice(home.length))) continue;
    const bytes = readFileSync(path);
    read += bytes.length;
    for (const needle of needles) if (bytes.includes(needle)) found.push(`${path.slice(home.length)}: ${needle}`);
  }
  expect(read).toBeGreaterThan(1_000_000);
  expect(found).toEqual([]);
});
