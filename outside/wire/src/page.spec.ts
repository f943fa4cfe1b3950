import { expect, test } from '@jest/globals';
import { escaped, wantsJson, withOwnLinks } from './page.js';

const ORIGIN = 'http://localhost:4300';

test('caught text stays text', () => {
  expect(escaped(`<img src=x onerror='a("b")'>&`)).toBe('&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;');
});

test('only links to our own origin can be followed', () => {
  expect(withOwnLinks('See http://localhost:4300/s/abc. Not http://localhost:4301/x or <b>', ORIGIN)).toBe(
    'See <a href="http://localhost:4300/s/abc">http://localhost:4300/s/abc</a>. Not http://localhost:4301/x or &lt;b&gt;',
  );
  expect(withOwnLinks('http://localhost:4300.evil.example/ javascript:alert(1)', ORIGIN)).not.toContain('<a');
  expect(withOwnLinks('http://localhost:4300/"onmouseover="x', ORIGIN)).not.toContain('"onmouseover');
});

test('a browser gets the page, everybody else JSON', () => {
  expect(wantsJson('text/html,application/xhtml+xml,*/*;q=0.8')).toBe(false);
  expect(wantsJson('application/json')).toBe(true);
  expect(wantsJson('*/*')).toBe(true);
  expect(wantsJson(undefined)).toBe(true);
});
