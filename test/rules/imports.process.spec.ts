import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'muster-rules-'));

/** Rule → one file that breaks it. The right-hand side imports; the targets exist below. */
const PLANTED: Record<string, [file: string, text: string]> = {
  'apps-apart': ['apps/intake/src/peek.ts', "import '../../vetting/src/check.js';"],
  'libs-below-apps': ['libs/queue/src/peek.ts', "import '../../../apps/vetting/src/check.js';"],
  'tests-are-not-code': ['apps/intake/src/tested.ts', "import '../../../test/help.js';"],
  'specs-read-only-compat': ['apps/intake/src/tested.spec.ts', "import '../../../test/help.js';"],
  'outside-knows-nothing-of-ours': [
    'outside/dbs/src/peek.ts',
    "import { it } from '@app/contracts';\nexport const x = it;",
  ],
  'nobody-imports-outside': ['apps/vetting/src/shortcut.ts', "import '../../../outside/mail/src/main.js';"],
  'no-local-stack-in-the-product': ['apps/intake/src/demo.ts', "import '../../../deploy/local/demo.js';"],
  'lib-by-its-door': ['apps/intake/src/window.ts', "import '../../../libs/http/src/inner.js';"],
  'lib-by-its-door-from-libs': ['libs/access/src/window.ts', "import '../../http/src/inner.js';"],
  'lib-contracts': ['libs/contracts/src/peek.ts', "import '../../language/src/index.js';"],
  'lib-telemetry': ['libs/telemetry/src/peek.ts', "import '../../database/src/index.js';"],
  'lib-language': ['libs/language/src/peek.ts', "import '../../database/src/index.js';"],
  'lib-calendar': ['libs/calendar/src/peek.ts', "import '../../database/src/index.js';"],
  'lib-database': [
    'libs/database/src/peek.ts',
    "import type { it } from '@app/messaging';\nexport type X = typeof it;",
  ],
  'lib-geography': ['libs/geography/src/peek.ts', "import '../../messaging/src/index.js';"],
  'lib-messaging': ['libs/messaging/src/peek.ts', "import '../../kafka/src/index.js';"],
  'lib-privacy': ['libs/privacy/src/peek.ts', "import '../../http/src/index.js';"],
  'lib-kafka': ['libs/kafka/src/peek.ts', "import '../../queue/src/index.js';"],
  'lib-queue': ['libs/queue/src/peek2.ts', "import '../../messaging/src/index.js';"],
  'lib-http': ['libs/http/src/peek.ts', "import '../../access/src/index.js';"],
  'lib-access': ['libs/access/src/peek.ts', "import '../../messaging/src/index.js';"],
  'lib-operator': ['libs/operator/src/peek.ts', "import '../../web/src/index.js';"],
  'lib-web': ['libs/web/src/peek.ts', "import '../../access/src/index.js';"],
  'boot-is-on-top': ['libs/web/src/climb.ts', "import '../../boot/src/index.js';"],
  'testing-for-specs': ['apps/intake/src/helped.ts', "import '../../../libs/testing/src/index.js';"],
  'contracts-know-zod': ['libs/contracts/src/nest.ts', "import '@nestjs/common';"],
  'decider-is-pure': [
    'apps/matching/src/a.decider.ts',
    "import { rows } from './pool.repository.js';\nexport const x = rows;",
  ],
  'decider-without-machinery': [
    'apps/matching/src/b.decider.ts',
    "import type { Injectable } from '@nestjs/common';\nexport type X = typeof Injectable;",
  ],
  'sql-where-the-suffix-says-so': [
    'apps/matching/src/loose.ts',
    "import { sql } from '@app/database/sql';\nexport const x = sql;",
  ],
  'database-driver-in-its-lib': ['apps/matching/src/driver.repository.ts', "import 'pg';"],
  'kafkajs-in-its-lib': ['libs/messaging/src/broker.ts', "import 'kafkajs';"],
  'bullmq-in-its-lib': ['apps/vetting/src/work.ts', "import 'bullmq';"],
  'edges-apart': ['apps/intake/src/a.http.ts', "import './b.http.js';"],
  'edge-sends-or-asks': ['apps/intake/src/c.http.ts', "import '../../intake/src/d.repository.js';"],
  'handler-is-given-its-transaction': ['apps/intake/src/e.handler.ts', "import './f.command.js';"],
  'command-calls-no-consumer': ['apps/intake/src/g.command.ts', "import './h.handler.js';"],
  'sweeper-calls-no-command': ['apps/intake/src/i.sweeper.ts', "import './f.command.js';"],
  'quiet-below-live': ['apps/coordination/src/plans/peek.ts', "import '../board/board.js';"],
  'board-alone': ['apps/coordination/src/board/peek.ts', "import '../plans/plan.js';"],
  'no-cycles': ['apps/intake/src/ring.ts', "import './ring2.js';\nexport const ring = 1;"],
};

const TARGETS: Record<string, string> = {
  'apps/vetting/src/check.ts': '',
  'apps/matching/src/pool.repository.ts': 'export const rows = 1;',
  'apps/matching/src/table.ts': 'export const table = 1;',
  'apps/matching/src/good.decider.ts':
    "import { table } from './table.js';\nimport type { rows } from './pool.repository.js';\nimport { it } from '@app/contracts';\nexport const x: typeof rows = table + it;",
  'apps/matching/src/good.repository.ts': "import { sql } from '@app/database/sql';\nexport const x = sql;",
  'apps/matching/src/good.processor.ts': "import 'bullmq';",
  'apps/intake/src/b.http.ts': '',
  'apps/intake/src/d.repository.ts': '',
  'apps/intake/src/f.command.ts': '',
  'apps/intake/src/h.handler.ts': '',
  'apps/intake/src/ring2.ts': "import './ring.js';",
  'apps/coordination/src/board/board.ts': '',
  'apps/coordination/src/plans/plan.ts': '',
  'libs/http/src/inner.ts': '',
  'outside/mail/src/main.ts': '',
  'deploy/local/demo.ts': '',
  'test/help.ts': '',
  'libs/database/src/sql.ts': 'export const sql = 1;',
};
const LIBS = [
  'contracts',
  'telemetry',
  'language',
  'calendar',
  'database',
  'geography',
  'messaging',
  'privacy',
  'kafka',
  'queue',
  'http',
  'access',
  'operator',
  'web',
  'boot',
  'testing',
];

let violations: { rule: { name: string }; from: string }[] = [];
let rules: string[] = [];

const put = (file: string, text: string): void => {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\nexport {};\n`);
};

beforeAll(async () => {
  for (const [file, text] of Object.entries(TARGETS)) put(file, text);
  for (const lib of LIBS) put(`libs/${lib}/src/index.ts`, 'export const it = 1;');
  for (const [file, text] of Object.values(PLANTED)) put(file, text);
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [
    cruise,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'apps',
    'libs',
    'outside',
    'deploy',
    'test',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }).catch(
    (error: { stdout: string }) => error,
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: typeof violations; ruleSetUsed: { forbidden: { name: string }[] } };
  };
  violations = summary.violations;
  rules = summary.ruleSetUsed.forbidden.map((rule) => rule.name);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every rule has its planted violation', () => expect(Object.keys(PLANTED).sort()).toEqual([...rules].sort()));

test.each(Object.entries(PLANTED))('%s catches %j', (rule, [file]) => {
  expect(violations.filter((it) => it.from === file).map((it) => it.rule.name)).toContain(rule);
});

test('what is allowed is left alone', () => {
  const planted = new Set(Object.values(PLANTED).map(([file]) => file));
  const others = violations.filter((it) => !planted.has(it.from) && it.rule.name !== 'no-cycles');
  expect(others.map((it) => `${it.rule.name}: ${it.from}`)).toEqual([]);
});
