import { expect, test } from '@jest/globals';
import type { Client } from 'pg';
import { importPostcodes, ImportRefused } from './postcodes.js';

/** Records what the database is told; the same statements run on the real one at every first start. */
class Recorder {
  readonly said: { text: string; values?: readonly unknown[] }[] = [];
  query(text: string, values?: readonly unknown[]): Promise<object> {
    this.said.push({ text, ...(values ? { values } : {}) });
    return Promise.resolve({ rows: [], rowCount: 0 });
  }
  get words(): string[] {
    return this.said.map(({ text }) => text.trim().split(/\s/)[0]!);
  }
}

async function* lines(...text: string[]): AsyncGenerator<string> {
  yield `${text.join('\n')}\n`;
}
const HEADER = 'outwardCode,latitude,longitude,district,town';
const attempt = async (...text: string[]): Promise<{ recorder: Recorder; outcome: number | ImportRefused }> => {
  const recorder = new Recorder();
  const outcome = await importPostcodes(recorder as unknown as Client, lines(...text)).catch((error: unknown) => {
    if (error instanceof ImportRefused) return error;
    throw error;
  });
  return { recorder, outcome };
};

test('a good file is written in one transaction', async () => {
  const { recorder, outcome } = await attempt(HEADER, 'OL1,53.54944,-2.10566,Oldham,', 'm1,53.4,-2.2,Manchester,City');
  expect(outcome).toBe(2);
  expect(recorder.words).toEqual(['begin', 'create', 'insert', 'insert', 'commit']);
  expect(recorder.said[2]!.values).toEqual([
    ['OL1', 'M1'],
    [53.54944, 53.4],
    [-2.10566, -2.2],
    ['Oldham', 'Manchester'],
    ['Oldham', 'City'],
  ]);
});

test('the columns of other files are found by their headings', async () => {
  const { outcome } = await attempt('postcode,eastings,latitude,longitude,town,region', 'OL1,1,53.5,-2.1,,Oldham');
  expect(outcome).toBe(1);
});

test('every fault is told by line and column, and nothing is written', async () => {
  const { recorder, outcome } = await attempt(
    HEADER,
    'OL1,53.5,-2.1,Oldham,',
    'nowhere,91,x,O,',
    'OL1,53.5,-2.1,Oldham,',
    'OL2,,-2.1,Oldham,',
  );
  expect(outcome).toBeInstanceOf(ImportRefused);
  expect((outcome as ImportRefused).faults.map(({ line, column }) => [line, column])).toEqual([
    [3, 1],
    [3, 2],
    [3, 3],
    [3, 4],
    [4, 1],
    [5, 2],
  ]);
  expect(recorder.words).toEqual(['begin', 'create', 'rollback']);
});

test('a long list of faults is cut, a broken quote ends it', async () => {
  const { outcome } = await attempt(HEADER, ...Array.from({ length: 30 }, () => 'x,1,1,Oldham,'), 'OL1,1,1,"Oldham');
  expect(outcome).toMatchObject({ more: 11 });
});

test.each([[['']], [['a,b,c', 'OL1,1,1']]])('%j is no such file', async (text) => {
  const { outcome } = await attempt(...text);
  expect(outcome).toBeInstanceOf(ImportRefused);
});
