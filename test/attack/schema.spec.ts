import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { call, origin, partnerKey } from '../e2e/people.js';
import { hasSchemathesis } from './schemathesis.js';
import { crowd, root, staff } from './stack.js';

jest.setTimeout(1_800_000);

describe('Requests made up from the OpenAPI document are answered by it', () => {
  const CHECKS = [
    'not_a_server_error',
    'status_code_conformance',
    'content_type_conformance',
    'response_headers_conformance',
    'response_schema_conformance',
    'allow_header_conformance',
  ];
  /** Who reads, writes as a stranger, or sees much: whoever moves levers would stop the stack that others attack after this. */
  const CALLERS: readonly (readonly [who: string, authorization: () => Promise<string | null>])[] = [
    ['nobody', async () => null],
    ['a partner', async () => `Bearer ${partnerKey}`],
    ['an auditor', async () => (await staff('auditor@demo.example')).authorization],
  ];

  test('the document that is served is the one that is committed', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body).toEqual(JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')));
  });

  if (hasSchemathesis())
    test.each(CALLERS)('by %s: no 5xx, and no answer outside of the document', async (_, authorization) => {
      const credential = await authorization();
      const args = [
        ...['run', join(root, 'docs/openapi.json'), '--url', origin, '--checks', CHECKS.join(',')],
        ...(credential === null ? [] : ['--header', `Authorization: ${credential}`]),
        ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(crowd(20, 2)), '--workers', '1'],
        ...['--no-color', '--continue-on-failure', '--request-timeout', '60', '--warnings', 'off'],
        ...['--generation-database', 'none'],
      ];
      const folder = mkdtempSync(join(tmpdir(), 'muster-schema-'));
      const { code, said } = await new Promise<{ code: unknown; said: string }>((resolve) =>
        execFile('schemathesis', args, { maxBuffer: 1 << 28, cwd: folder }, (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, said: stdout + stderr }),
        ),
      );
      rmSync(folder, { recursive: true, force: true });
      const [, failures] = /=+ FAILURES =+([\s\S]*?)\n=+ SUMMARY/.exec(said) ?? [];
      expect([code, (failures ?? '').slice(0, 6_000) || said.slice(-2_000)]).toEqual([0, expect.any(String)]);
      expect(said).toMatch(/No issues found/);
    });
});
