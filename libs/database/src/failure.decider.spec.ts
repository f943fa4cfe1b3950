import { describe, expect, test } from '@jest/globals';
import { DomainError } from './domain-error.js';
import { codeOf, failureOf, ranOut } from './failure.decider.js';

const of = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

describe('what a failure is the fault of', () => {
  test.each<[string, unknown, string]>([
    ['a value that does not fit', of('22P02'), 'data'],
    ['a broken constraint', of('23505'), 'data'],
    ['a domain error', new DomainError('no-such-thing'), 'data'],
    ['a lost connection', of('08006'), 'transient'],
    ['a deadlock', of('40P01'), 'transient'],
    ['too many connections', of('53300'), 'transient'],
    ['a full disk', of('53100'), 'transient'],
    ['a lock timeout', of('55P03'), 'transient'],
    ['a shutdown', of('57P01'), 'transient'],
    ['a statement timeout', of('57014'), 'transient'],
    ['a silent transaction', of('25P03'), 'transient'],
    ['a long transaction', of('25P04'), 'transient'],
    ['a refused socket', of('ECONNREFUSED'), 'transient'],
    ['what the driver says without a code', new Error('Connection terminated unexpectedly'), 'transient'],
    ['the pool in want of a connection', new Error('timeout exceeded when trying to connect'), 'transient'],
    ['a missing table', of('42P01'), 'unknown'],
    ['a denied right', of('42501'), 'unknown'],
    ['a bug', new TypeError('x is not a function'), 'unknown'],
    ['a cause inside', new Error('outer', { cause: of('40001') }), 'transient'],
    ['nothing at all', undefined, 'unknown'],
  ])('%s', (_, error, failure) => {
    expect(failureOf(error)).toBe(failure);
  });
});

test('work that ran out of time is told from work that somebody stopped', () => {
  expect(ranOut(of('57014', { message: 'canceling statement due to statement timeout' }))).toBe(true);
  expect(ranOut(of('25P04'))).toBe(true);
  expect(ranOut(new Error('outer', { cause: of('25P04') }))).toBe(true);
  expect(ranOut(of('57014', { message: 'canceling statement due to user request' }))).toBe(false);
  expect(ranOut(of('57P01'))).toBe(false);
  expect(ranOut(undefined)).toBe(false);
});

test('what is kept of an error is a code, never its words', () => {
  const error = of('23505', { constraint: 'application_pkey', message: 'Key (email)=(ann@example.org) exists' });
  expect(codeOf(error)).toBe('23505:application_pkey');
  expect(codeOf(new TypeError('ann@example.org'))).toBe('TypeError');
  expect(codeOf(new Error('ann@example.org', { cause: of('40P01') }))).toBe('40P01');
});
