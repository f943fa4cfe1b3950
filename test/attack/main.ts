import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { helpOf } from '../../deploy/help.js';
import { ROOT } from '../../deploy/local/root.js';
import { run, runningStack, stackFile } from '../../tools/stack-file.js';
import { countOf, filesOf, jestCommand } from '../jest.js';
import { hasSchemathesis } from './schemathesis.js';

const FOLDER = join(ROOT, 'test/attack');

/** What an attack cannot try from outside, and where it is tried instead. */
const NOT_HERE: readonly (readonly [row: string, why: string])[] = [
  [
    'S1',
    'SCRAM and TLS to Kafka: the broker of the local stack takes PLAIN, on this machine alone; production refuses it',
  ],
  ['S5', 'images that were built: the local stack runs without Docker; their recipe and what the apps import are read'],
  ['S26', 'for later (L): the staff-only counts of duplicates are not part of the foundation'],
  ...(hasSchemathesis() ? [] : ([['schema', 'schemathesis is not on the PATH']] as const)),
  ...(process.getuid?.() === 0
    ? []
    : ([
        ['S10', 'another account itself: only root can become one; the rights of files and servers are checked'],
      ] as const)),
];

interface Row {
  readonly row: string;
  readonly file: string;
  readonly tried: string;
}

/** `s01-….spec.ts` is row S1; what it tries is the title of its `describe`. */
const rows: readonly Row[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.spec.ts'))
  .sort()
  .map((file) => {
    const title = /^describe\((['"])(.*)\1/m.exec(readFileSync(join(FOLDER, file), 'utf8'))?.[2] ?? file;
    const [row, tried] = /^(S\d+) (.*)$/.exec(title)?.slice(1) ?? [file.replace('.spec.ts', ''), title];
    return { row: row!, file, tried: tried! };
  })
  .filter(({ row }) => row !== 'schema' || hasSchemathesis());

const wanted = (names: readonly string[]): readonly Row[] => {
  if (names.includes('all')) return rows;
  const unknown = names.filter((name) => !rows.some(({ row }) => isRow(row, name)));
  if (unknown.length > 0)
    throw new Error(
      `There is no row ${unknown.join(', ')}; one of: all, ${rows.map(({ row }) => row).join(', ')}` +
        NOT_HERE.map(([row, why]) => `\n${row} is not checked here: ${why}`).join(''),
    );
  return rows.filter(({ row }) => names.some((name) => isRow(row, name)));
};
const isRow = (row: string, name: string): boolean => row.toLowerCase() === name.toLowerCase().replace(/^s0+/, 's');

const attack = async (chosen: readonly Row[]): Promise<number> => {
  const stack = resolve(stackFile());
  const { startedAt } = runningStack(stack);
  const reports = join(dirname(stack), 'reports');
  mkdirSync(reports, { recursive: true, mode: 0o700 });
  const report = join(reports, 'attack-jest.json');
  rmSync(report, { force: true });
  const files = chosen.map(({ file }) => join(FOLDER, file));
  const command = jestCommand(ROOT, 'attack', report, ['--runInBand', '--verbose', '--runTestsByPath', ...files]);
  const child = spawn(process.execPath, command.args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...command.env, MUSTER_STACK: stack, MUSTER_HOME: dirname(stack) },
  });
  await new Promise((done) => child.once('close', done));
  const seen = filesOf(report) ?? [];
  rmSync(report, { force: true });
  const results = chosen.map(({ row, file, tried }) => {
    const it = seen.find(({ name }) => name === join(FOLDER, file));
    const { passed, failed } = it ? countOf(it) : { passed: 0, failed: 1 };
    const checks = it?.assertionResults.map(({ title, status }) => ({ title, status })) ?? [];
    return { row, tried, passed, failed, seconds: it ? (it.endTime - it.startTime) / 1000 : 0, checks };
  });
  const notHere = NOT_HERE.map(([row, why]) => ({ row, why }));
  const facts = { at: new Date().toISOString(), startedAt, results, notHere };
  writeFileSync(join(reports, 'attack.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  const cells = (it: (typeof results)[number]) => [it.row, it.passed, it.failed, it.seconds.toFixed(1), it.tried];
  const sum = (of: 'passed' | 'failed' | 'seconds') => results.reduce((all, it) => all + it[of], 0);
  process.stdout.write(
    `\n${columns([
      ['row', 'passed', 'failed', 'seconds', 'what was tried'],
      ...results.map(cells),
      ['all', sum('passed'), sum('failed'), sum('seconds').toFixed(1), ''],
    ])}\n${notHere.map(({ row, why }) => `  not checked here: ${row}, ${why}\n`).join('')}\n`,
  );
  const failed = results.filter((it) => it.failed > 0).map(({ row }) => row);
  process.stdout.write(
    failed.length === 0 ? 'VERDICT: every attack failed\n' : `VERDICT: ${failed.join(', ')} gave way\n`,
  );
  return failed.length === 0 ? 0 : 1;
};

/** Numbers to the right; the last column is a sentence. */
const columns = (lines: readonly (readonly (string | number)[])[]): string =>
  lines
    .map(([row, ...rest]) => {
      const [tried] = rest.splice(-1);
      return `  ${String(row).padEnd(8)}${rest.map((it) => String(it).padStart(9)).join('')}  ${tried}`.trimEnd();
    })
    .join('\n');

run(async () => {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
  if (values.help || positionals.length === 0) {
    (values.help ? process.stdout : process.stderr).write(helpOf('attack'));
    return values.help ? 0 : 2;
  }
  return attack(wanted(positionals));
});
