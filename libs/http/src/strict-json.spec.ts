import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_DEPTH, parseStrictJson } from './strict-json.js';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

describe('strict JSON', () => {
  test('reads whatever JSON.stringify writes, and the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        const parsed = parse(text);
        const odd = /\\u0000|\\ud[89a-f]|"(__proto__|constructor|prototype)":/i.test(text);
        expect(odd ? 'odd' : parsed).toEqual(odd ? 'odd' : { is: 'json', value: JSON.parse(text) });
      }),
    );
  });

  test('finds a member that stands twice, at any depth and however it is written', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":{"b":1,"c":2,"b":3}}',
      '[{"x":1},{"x":1,"x":2}]',
      '{"a":1,"\\u0061":2}',
      '{"":1,"":2}',
      '{"a\\"":1,"a\\"":2}',
    ]) {
      expect([text, parse(text)]).toEqual([text, { is: 'faulty', fault: 'duplicate-member' }]);
    }
  });

  test('takes colons, braces and quotes within texts for text', () => {
    for (const value of [{ a: ':{[', b: '":"', c: '\\"' }, { 'a:b': { ':': ':' } }, ['{"a":1,"a":1}'], ':', '\\\\']) {
      expect(parse(JSON.stringify(value))).toEqual({ is: 'json', value });
    }
  });

  test('goes down to the limit and no further', () => {
    const nested = (depth: number) => parse('['.repeat(depth) + ']'.repeat(depth)).is;
    expect([nested(MAX_DEPTH), nested(MAX_DEPTH + 1)]).toEqual(['json', 'faulty']);
    expect(parse('['.repeat(60_000)).is).toBe('faulty');
  });

  test('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['json', 'faulty']).toContain(parseStrictJson(Buffer.from(bytes)).is);
      }),
    );
  });

  test('says what is wrong', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toEqual({ is: 'faulty', fault: 'not-utf8' });
    expect(parse('{"a":"\\ud800"}')).toEqual({ is: 'faulty', fault: 'broken-text' });
    expect(parse('{"a\\u0000":1}')).toEqual({ is: 'faulty', fault: 'broken-text' });
    expect(parse('{"constructor":{"prototype":{}}}')).toEqual({ is: 'faulty', fault: 'forbidden-member' });
    expect(parse('{"a":1}}')).toEqual({ is: 'faulty', fault: 'not-json' });
  });
});
