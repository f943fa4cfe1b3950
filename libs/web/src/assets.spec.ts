import { describe, expect, test } from '@jest/globals';
import { asset, serveAssets } from './assets.js';

type Handler = Parameters<Parameters<typeof serveAssets>[0]['get']>[1];

const ask = (file: string, headers: Record<string, string> = {}) => {
  let handler: Handler | undefined;
  serveAssets({ get: (_path, given) => (handler = given) });
  const answer = { status: 200, headers: {} as Record<string, string>, body: undefined as unknown };
  handler!(
    { params: { file }, headers },
    {
      code: (status) => (answer.status = status),
      header: (name, value) => (answer.headers[name] = value),
      send: (body) => (answer.body = body),
    },
  );
  return answer;
};

describe('assets', () => {
  test('bear a hash and may be kept for ever', () => {
    const url = asset('muster.css');
    expect(url).toMatch(/^\/assets\/muster\.[0-9a-f]{16}\.css$/);
    const answer = ask(url.slice('/assets/'.length), { 'accept-encoding': 'gzip, br' });
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
    });
    expect((answer.body as Buffer).length).toBeLessThan(25_000);
  });

  test('hold no face, crest or name that belongs to GOV.UK', () => {
    const css = String(ask(asset('muster.css').slice('/assets/'.length)).body);
    expect(css).not.toMatch(/Transport|@font-face|woff/i);
    expect(css).toContain('.govuk-button');
  });

  test('the script asks for the other one by its hashed name', () => {
    expect(String(ask(asset('muster.js').slice('/assets/'.length)).body)).toContain(`from '${asset('govuk.js')}'`);
  });

  test('nothing else is served', () => {
    expect(ask('../package.json').status).toBe(404);
    expect(() => asset('secret.css')).toThrow('no asset');
  });
});
