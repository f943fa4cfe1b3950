import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor, limitOf, pageOf } from './cursor.js';
import { parseForm } from './form-body.js';
import { canonical } from './idempotency.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { mustMatch, readIfMatch } from './if-match.js';
import { invalidParamsOf } from './invalid-params.js';
import { languageOf } from './language-of.js';
import { acceptable, prefersHtml } from './produces.js';
import { RouteTable } from './route-table.js';

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return `${(error as { status: number }).status} ${(error as { type: string }).type}`;
  }
};

describe('what a request may carry', () => {
  test('If-Match: absent 428, unreadable 400, stale 412', () => {
    expect(['"7"', 'W/"7"', '7'].map((header) => readIfMatch(header))).toEqual([7, 7, 7]);
    expect(codeOf(() => readIfMatch(undefined))).toBe('428 version-required');
    expect(codeOf(() => readIfMatch('"x"'))).toBe('400 version-malformed');
    expect(codeOf(() => mustMatch(1, 2))).toBe('412 version-stale');
    expect(() => mustMatch(2, 2)).not.toThrow();
  });

  test('the idempotency key: from the header, or from a form and from nothing else', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const body = { idempotencyKey: 'k'.repeat(22) };
    expect(readIdempotencyKey({ headers: { 'idempotency-key': 'k' } })).toBe('k');
    expect(readIdempotencyKey({ headers: form, body }, 22)).toBe('k'.repeat(22));
    expect(codeOf(() => readIdempotencyKey({ headers: { 'content-type': 'application/json' }, body }))).toBe(
      '400 idempotency-key-missing',
    );
    expect(codeOf(() => readIdempotencyKey({ headers: { 'idempotency-key': 'k'.repeat(21) } }, 22))).toBe(
      '400 idempotency-key-malformed',
    );
    expect(codeOf(() => readIdempotencyKey({ headers: { 'idempotency-key': 'ké' } }))).toBe(
      '400 idempotency-key-malformed',
    );
    expect(codeOf(() => readIdempotencyKey({ headers: form, body: { idempotencyKey: ['a', 'b'] } }))).toBe(
      '400 idempotency-key-malformed',
    );
  });

  test('a cursor comes back as it went out, and a made-up one is 400', () => {
    const Position = z.object({ at: z.string(), id: z.string() });
    const page = pageOf([1, 2, 3], 2, (last) => ({ at: 'now', id: String(last) }));
    expect(page.items).toEqual([1, 2]);
    expect(decodeCursor(page.next!, Position)).toEqual({ at: 'now', id: '2' });
    expect(pageOf([1, 2], 2, () => null).next).toBeNull();
    expect(decodeCursor(undefined, Position)).toBeNull();
    for (const made of ['%%%', encodeCursor({ at: 1 }), 'a'.repeat(2000)]) {
      expect(codeOf(() => decodeCursor(made, Position))).toBe('400 bad-cursor');
    }
    expect([limitOf(undefined), limitOf('0'), limitOf('9999')]).toEqual([50, 1, 200]);
    expect(codeOf(() => limitOf('-1'))).toBe('400 bad-limit');
  });

  test('Accept: what satisfies it, and who wants a page', () => {
    const types = ['application/json', 'text/html'];
    for (const accept of [
      undefined,
      '',
      '*/*',
      'application/json',
      'text/html;q=0.1',
      'application/*',
      'image/png, */*;q=0.1',
    ]) {
      expect([accept, acceptable(accept, types)]).toEqual([accept, true]);
    }
    for (const accept of ['image/png', 'application/json;q=0', 'text/plain, image/*']) {
      expect([accept, acceptable(accept, types)]).toEqual([accept, false]);
    }
    expect(prefersHtml('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')).toBe(true);
    expect([prefersHtml('application/json, text/html'), prefersHtml('*/*'), prefersHtml(undefined)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('the language: the question first, then the choice that was kept, then the browser', () => {
    const of = (headers: Record<string, string>, query?: object) => languageOf({ headers, query });
    expect(of({ 'accept-language': 'en' }, { lang: 'cy' })).toBe('cy');
    expect(of({ cookie: 'a=1; lang=cy', 'accept-language': 'en' })).toBe('cy');
    expect(of({ 'accept-language': 'cy-GB,en;q=0.8' })).toBe('cy');
    expect(of({ 'accept-language': 'en-GB,cy;q=0.5' })).toBe('en');
    expect(of({ 'accept-language': 'fr' }, { lang: ['cy', 'en'] })).toBe('en');
    expect(of({ cookie: 'slang=cy' })).toBe('en');
  });

  test('a form: several of one name become a list; broken bytes are refused', () => {
    expect(parseForm(Buffer.from('a=1&b=x+y&b=%C3%A9&c=100%25'))).toEqual({
      is: 'form',
      value: { a: '1', b: ['x y', 'é'], c: '100%' },
    });
    expect(parseForm(Buffer.from('c=100%')).is).toBe('form');
    expect(parseForm(Buffer.from('a=%C3%28'))).toEqual({ is: 'faulty', fault: 'not-utf8' });
    expect(parseForm(Buffer.from('a=1&'.repeat(600)))).toEqual({ is: 'faulty', fault: 'too-deep' });
  });

  test('a body is the same however its members are ordered, and another with any other value', () => {
    expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe(canonical({ b: [1, { c: 'x', d: null }] }));
    expect(canonical({ a: 1 })).not.toBe(canonical({ a: '1' }));
    expect(canonical({ a: [1, 2] })).not.toBe(canonical({ a: [2, 1] }));
  });

  test('a route table knows parameters, wildcards and what is literal', () => {
    const table = new RouteTable();
    table.add('GET', '/v1/checks/:id/determination');
    table.add(['POST', 'GET'], '/v1/a.b');
    table.add('GET', '/assets/*');
    expect(table.methodsOf('/v1/checks/7/determination?x=1')).toEqual(['GET']);
    expect(table.methodsOf('/v1/checks/7/8/determination')).toEqual([]);
    expect([table.methodsOf('/v1/a.b'), table.methodsOf('/v1/aXb')]).toEqual([['GET', 'POST'], []]);
    expect(table.methodsOf('/assets/x/y.css')).toEqual(['GET']);
  });

  test('a route table tells the methods of an address, not those of a pattern that would fit it too', () => {
    const table = new RouteTable();
    table.add('GET', '/v1/letters/:id');
    table.add('POST', '/v1/letters/replay');
    table.add('DELETE', '/v1/*');
    table.add('PATCH', '/v1/letters/:other');
    expect(table.methodsOf('/v1/letters/replay')).toEqual(['POST']);
    expect(table.methodsOf('/v1/letters/7')).toEqual(['GET', 'PATCH']);
    expect(table.methodsOf('/v1/letters/7/8')).toEqual(['DELETE']);
  });

  test('codes of broken rules: by what is given, by the name the schema gives, for unknown and nested fields', () => {
    const schema = z.strictObject({
      name: z.string().min(2),
      size: z.int().max(3),
      list: z.array(z.strictObject({ 'a/b': z.string() })),
      code: z.string().regex(/^x$/, 'code-malformed'),
      own: z.string().superRefine((_, context) => context.addIssue({ code: 'custom', params: { code: 'too-late' } })),
    });
    const value = { name: '', size: '4', list: [{ 'a/b': null, extra: 1 }], code: 'y', own: 'z' };
    const { error } = schema.safeParse(value);
    expect(invalidParamsOf(error!.issues as never, value).map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/name required',
      '/size wrong-type',
      '/list/0/a~1b required',
      '/list/0/extra unknown-field',
      '/code code-malformed',
      '/own too-late',
    ]);
  });
});
