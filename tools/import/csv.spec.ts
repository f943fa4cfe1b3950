import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rowsOf } from './csv.js';

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  const all = [...text];
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size).join('');
}
const read = async (text: string, size = 1000) => {
  const rows = [];
  for await (const row of rowsOf(pieces(text, size))) rows.push(row);
  return rows;
};

test('fields, quotes, line ends, empty lines and a byte-order mark', async () => {
  expect(await read('\uFEFFa,b\r\n"x, ""y""\nz",2\n\n,\n"",last')).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: ['x, "y"\nz', '2'] },
    { line: 5, fields: ['', ''] },
    { line: 6, fields: ['', 'last'] },
  ]);
});

test('whatever was quoted comes back, however the stream is cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', ' ') });
  const table = fc.array(fc.tuple(field, field, fc.constant('end')), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 7 }), async (rows, size) => {
      const text = rows.map((row) => row.map((it) => `"${it.replaceAll('"', '""')}"`).join(',')).join('\n');
      expect((await read(text, size)).map(({ fields }) => fields)).toEqual(rows);
    }),
  );
});

test.each([
  ['a,b\nc,"open', 2, 2],
  ['a,b"c', 1, 2],
  ['a\n"b"c', 2, 1],
  [`a\nb,${'x'.repeat(10_001)}`, 2, 2],
])('%j is refused at its place', async (text, line, column) => {
  await expect(read(text)).rejects.toMatchObject({ fault: { line, column } });
});
