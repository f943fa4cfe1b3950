import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Ledger } from './ledger.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const loaded = async (): Promise<unknown[]> => {
  const all: unknown[] = [];
  const ledger = new Ledger(folder);
  await ledger.load((entry) => void all.push(entry));
  await ledger.close();
  return all;
};

test('what was appended is there after a restart, and can be read by its place', async () => {
  const ledger = new Ledger<{ n: number; text: string }>(folder);
  await ledger.load(() => {});
  const places = await Promise.all([1, 2, 3].map((n) => ledger.append({ n, text: 'é€\u{1f30a}'.repeat(n) })));
  expect(await ledger.read(places[1]!)).toEqual({ n: 2, text: 'é€\u{1f30a}'.repeat(2) });
  await ledger.close();
  const again = new Ledger<{ n: number; text: string }>(folder);
  const seen: { n: number; text: string }[] = [];
  await again.load((_, at) => void again.read(at).then((entry) => seen.push(entry)));
  const place = await again.append({ n: 4, text: 'x' });
  expect(await again.read(place)).toEqual({ n: 4, text: 'x' });
  expect(seen.map(({ n }) => n).sort()).toEqual([1, 2, 3]);
  await again.close();
});

test('a torn last line is cut off and the next one is whole', async () => {
  const ledger = new Ledger(folder);
  await ledger.load(() => {});
  await ledger.append({ n: 1 });
  await ledger.close();
  appendFileSync(join(folder, '000000.ndjson'), '{"n":2,"te');
  expect(await loaded()).toEqual([{ n: 1 }]);
  const again = new Ledger(folder);
  await again.load(() => {});
  await again.append({ n: 3 });
  await again.close();
  expect(await loaded()).toEqual([{ n: 1 }, { n: 3 }]);
});

test('it is bounded: the oldest file goes', async () => {
  const dropped: number[] = [];
  const ledger = new Ledger(folder, { linesPerFile: 2, files: 3 }, (file) => dropped.push(file));
  await ledger.load(() => {});
  for (let n = 0; n < 9; n += 1) await ledger.append({ n });
  await ledger.close();
  expect(readdirSync(folder)).toHaveLength(3);
  expect(dropped).toEqual([0, 1]);
  expect(await loaded()).toEqual([4, 5, 6, 7, 8].map((n) => ({ n })));
});
