import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { normalise, router, type Routes } from './routing.js';

const routes = JSON.parse(readFileSync(new URL('../routes.json', import.meta.url), 'utf8')) as Routes;
const route = router(routes);
const appOf = (path: string) => {
  const routed = route(path);
  return routed.is === 'app' ? routed.app : 'closed';
};

describe('routes', () => {
  test.each([
    ['/', 'intake'],
    ['/greater-manchester-floods/help', 'intake'],
    ['/s/abc/events', 'intake'],
    ['/v1/applications', 'intake'],
    ['/v1/applications/0198', 'intake'],
    ['/v1/checks/1/determination/confirm', 'vetting'],
    ['/vetting', 'vetting'],
    ['/v1/offers', 'matching'],
    ['/v1/messages/receipts', 'notification'],
    ['/v1/activations/x/transitions', 'coordination'],
    ['/forum/plans', 'coordination'],
    ['/sign-in/callback', 'coordination'],
    ['/problems/not-found', 'coordination'],
    ['/openapi.json', 'coordination'],
    ['/v1/ops/dead-letters', 'operations'],
    ['/ops', 'operations'],
  ])('%s goes to %s', (path, app) => expect(appOf(path)).toBe(app));

  test.each(['/metrics', '/livez', '/readyz', '/operator/levers/x', '/dev/mail', '/dev'])('%s is closed', (path) =>
    expect(appOf(path)).toBe('closed'),
  );

  test('a prefix matches whole segments only', () => {
    expect(appOf('/opsy')).toBe('intake');
    expect(appOf('/metricsfoo')).toBe('intake');
    expect(appOf('/v1/checksum')).toBe('intake');
  });

  test('a longer prefix opens a door in a closed one', () => {
    const local = router({ ...routes, routes: [...routes.routes, { prefix: '/dev/mail', app: 'mail' }] });
    expect(local('/dev/mail/count')).toEqual({ is: 'app', app: 'mail' });
    expect(local('/dev/other')).toEqual({ is: 'closed' });
  });
});

describe('the request target', () => {
  test.each([
    '/x/..%2fops',
    '/x/../ops',
    '/x/%2e%2e/ops',
    '/./ops',
    '/x/..',
    '//ops',
    '/x//ops',
    '/x%5c..%5cops',
    '/x\\ops',
    '/ops%00',
    '/%',
    '/%ff',
    'http://elsewhere/ops',
    '*',
    '',
    '/x?a b',
    '/x?a\r\nHost: b',
    `/${'a'.repeat(5000)}`,
  ])('%j is refused', (target) => expect(normalise(target)).toEqual({ is: 'refused' }));

  test('ordinary paths pass as they are', () => {
    expect(normalise('/s/Abc-123_~?lang=cy&x=%2f')).toEqual({
      is: 'path',
      path: '/s/Abc-123_~',
      query: '?lang=cy&x=%2f',
    });
    expect(normalise('/.well-known/security.txt')).toEqual({
      is: 'path',
      path: '/.well-known/security.txt',
      query: '',
    });
  });

  test('escapes come in one spelling', () => {
    expect(normalise('/%6Fps')).toEqual({ is: 'path', path: '/ops', query: '' });
    expect(normalise('/llan%c3%a9')).toEqual({ is: 'path', path: '/llan%C3%A9', query: '' });
  });
});
