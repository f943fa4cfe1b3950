import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openApi, openApiText, openApiYaml } from '../../tools/docs/openapi.js';

const said = openApi() as { paths: Record<string, Record<string, any>> };

describe('docs/openapi.json', () => {
  test('is what the routes declare; `npm run docs` makes it anew', () => {
    expect(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')).toBe(openApiText());
    expect(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8')).toBe(openApiYaml());
  });

  test('tells of the routes that outsiders hold on to', () => {
    for (const [method, path] of [
      ['post', '/v1/applications'],
      ['get', '/s/{token}'],
      ['post', '/v1/plans'],
      ['patch', '/v1/plans/{id}'],
      ['post', '/v1/activations'],
      ['get', '/v1/activations/{activation}'],
      ['post', '/v1/activations/{activation}/approve'],
      ['post', '/v1/needs'],
      ['post', '/v1/needs/{id}/verify'],
      ['get', '/v1/checks'],
      ['get', '/v1/ops/overview'],
    ] as const) {
      expect(`${method} ${path} ${said.paths[path]?.[method] ? 'told' : 'missing'}`).toBe(`${method} ${path} told`);
    }
  });

  test('names every operation once, and who may call it', () => {
    const operations = Object.values(said.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId as string);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { description } of operations) expect(description).toMatch(/^For [a-z]/);
  });

  test('says what a body must hold', () => {
    const { requestBody } = said.paths['/v1/needs']!['post'];
    expect(requestBody.content['application/json'].schema.required).toEqual(
      expect.arrayContaining(['activation', 'role', 'title', 'places', 'startsAt', 'endsAt']),
    );
    const { schema } = said.paths['/v1/applications']!['post'].requestBody.content['application/json'];
    expect(schema.required).toEqual(expect.arrayContaining(['activation', 'givenName', 'familyName', 'availability']));
  });
});
