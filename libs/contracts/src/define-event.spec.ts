import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { EVENTS, TOPICS } from './catalogue.js';
import { CONTEXTS, defineEvent } from './define-event.js';
import { Id, coded } from './vocabulary/coded.js';

const declare = (more: object) => () =>
  defineEvent({
    type: 'intake.thing-happened.v1',
    topic: 'intake.thing',
    key: () => 'x',
    says: 'Something happened.',
    data: z.strictObject({ id: Id }),
    ...more,
  } as never);

describe('a wrong contract cannot be built', () => {
  test.each<[string, object]>([
    ['a foreign context', { type: 'elsewhere.thing-happened.v1' }],
    ['no version', { type: 'intake.thing-happened' }],
    ['a mechanism for an outcome', { type: 'intake.thing-updated.v1' }],
    ["another context's topic", { topic: 'vetting.thing' }],
    ['a bare string', { data: z.strictObject({ note: z.string() }) }],
    ['a bare string in a list', { data: z.strictObject({ notes: z.array(z.string()) }) }],
    ['a bare string, optional', { data: z.strictObject({ note: z.string().optional() }) }],
    ['a bare string as a key', { data: z.strictObject({ notes: z.record(z.string(), z.number()) }) }],
    ['a bare string in a union', { data: z.strictObject({ note: z.union([Id, z.string()]) }) }],
    ['anything at all', { data: z.strictObject({ note: z.unknown() }) }],
    ['an e-mail address', { data: z.strictObject({ to: z.email() }) }],
  ])('%s', (_, more) => {
    expect(declare(more)).toThrow();
  });

  test('a coded text can', () => {
    const Colour = coded('one of three letters', z.string().regex(/^[rgb]$/));
    expect(declare({ data: z.strictObject({ id: Id, colour: Colour }) })().type).toBe('intake.thing-happened.v1');
  });
});

test('what names a person is dropped after their erasure, but not the news of it', () => {
  const erasable = new Map(EVENTS.map(({ type, erasable }) => [type, erasable]));
  expect(erasable.get('intake.application-submitted.v1')).toBe(true);
  expect(erasable.get('vetting.application-cleared.v1')).toBe(true);
  expect(erasable.get('intake.application-erased.v1')).toBe(false);
  expect(erasable.get('coordination.need-verified.v1')).toBe(false);
});

test('every contract file is in the index of events', () => {
  const files = CONTEXTS.flatMap((context) =>
    existsSync(new URL(`./${context}/`, import.meta.url)) ? readdirSync(new URL(`./${context}/`, import.meta.url)) : [],
  );
  expect(files.length).toBeGreaterThan(30);
  expect(EVENTS).toHaveLength(files.length);
});

test('every event carries its forum', () => {
  expect(EVENTS.filter(({ data }) => !('forumId' in data.shape)).map(({ type }) => type)).toEqual([]);
});

test('every topic has twelve partitions and belongs to one context', () => {
  expect(new Set(TOPICS.map(({ partitions }) => partitions))).toEqual(new Set([12]));
  expect(TOPICS.length).toBeGreaterThan(5);
});
