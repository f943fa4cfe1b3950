import { describe, expect, test } from '@jest/globals';
import { document, promised, type Operation } from './promised.js';

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
);

describe('docs/openapi.json', () => {
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
      expect(`${method} ${path} ${document.paths[path]?.[method] ? 'told' : 'missing'}`).toBe(`${method} ${path} told`);
    }
  });

  test('names every operation once, and who may call it', () => {
    const ids = operations.map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, , { description }] of operations) expect(description).toMatch(/^For [a-z]/);
  });

  test('says what a body must hold', () => {
    const body = (path: string): any => document.paths[path]!['post']!.requestBody!.content['application/json']!.schema;
    expect(body('/v1/needs').required).toEqual(
      expect.arrayContaining(['activation', 'role', 'title', 'places', 'startsAt', 'endsAt']),
    );
    expect(body('/v1/applications').required).toEqual(
      expect.arrayContaining(['activation', 'givenName', 'familyName', 'availability']),
    );
  });

  test.each(operations)(
    '%s %s says what each of its answers holds, and every parameter of its path',
    (method, path, it) => {
      const inPath = it.parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      for (const [status, answer] of Object.entries(it.responses)) {
        if (Number(status) < 400) {
          const types = Object.keys(answer.content ?? {});
          if (types.includes('application/json')) expect(promised(path, method, Number(status))).not.toBeNull();
          else expect(types.every((type) => /^text\/|yaml/.test(type))).toBe(true);
        } else expect(answer).toEqual({ $ref: `#/components/responses/${status === 'default' ? 'problem' : status}` });
      }
      const taken = Object.keys(it.responses).filter((status) => Number(status) < 400);
      expect(taken).toHaveLength(1);
    },
  );

  test.each(Object.entries(document.components['responses']!))('the answer %s is a problem', (_, answer) => {
    expect(answer.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
  });

  test('whoever reads the YAML of a document finds more than a text', () => {
    const { content } = document.paths['/asyncapi.yaml']!['get']!.responses['200']!;
    expect([content!['application/yaml'], content!['text/plain']]).toEqual([
      { schema: { type: 'object' } },
      { schema: { type: 'string' } },
    ]);
  });

  test('points to nothing that is not there, and holds nothing that nobody points to', () => {
    const refs = new Set([...JSON.stringify(document).matchAll(/"#\/components\/([^"]+)"/g)].map(([, ref]) => ref!));
    const held = Object.entries(document.components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`));
    expect([...refs].filter((ref) => !held.includes(ref))).toEqual([]);
    // Every status has its answer, whether or not a route says that it can give it.
    expect(held.filter((name) => !refs.has(name) && !name.startsWith('responses/'))).toEqual([]);
  });

  test('a receipt that lacks its promise is not what was promised', () => {
    const receipt = promised('/v1/applications', 'post', 202)!;
    const good = {
      id: '0192f000-0000-7000-8000-000000000001',
      reference: 'MU-7K4D-93TQ-X',
      state: 'submitted',
      owner: { id: '0192f000-0000-7000-8000-000000000002', name: 'Action Together, Oldham' },
      promise: { dueAt: '2026-11-22T10:00:00.000Z', says: 'You will hear from us.' },
    };
    expect(receipt.safeParse(good).success).toBe(true);
    expect(receipt.safeParse({ ...good, promise: undefined }).success).toBe(false);
    expect(receipt.safeParse({ ...good, id: 7 }).success).toBe(false);
  });
});
