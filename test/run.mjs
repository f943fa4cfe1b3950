/**
 * `npm test`: every check there is, one after the other, on a stack of its own; `npm run test:unit`: the pure specs alone.
 * Each check counts; the last line is the total, alone.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './typescript.mjs';

const { endProcess, identify, isAlive } = await import('../deploy/local/processes.ts');
const { countOf, failuresOf, filesOf, jestCommand } = await import('./jest.ts');
const { conditionOf } = await import('./condition.ts');

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path) => join(root, 'node_modules', path);
const base = process.env.MUSTER_HOME ?? join(root, '.local');
const home = join(base, `test-${process.pid}`);
const total = { passed: 0, failed: 0 };
/** Told again at the end, a line each: of a long output the end is what is kept. */
const failures = [];
const began = Date.now();
const running = new Set();

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a program of this project; resolves with its exit code and all it said. */
const run = (command, args, { env = {}, show = false, ...rest } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...rest,
    });
    running.add(child);
    let words = '';
    const hear = (chunk) => {
      words += chunk;
      if (show) process.stdout.write(chunk);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, words });
    });
  });
const node = (args, options) => run(process.execPath, args, options);

/** `work` resolves with { passed, failed, words }; what it says is shown only when something failed. */
const check = async (name, work) => {
  const since = Date.now();
  let result;
  try {
    result = await work();
  } catch (error) {
    result = { passed: 0, failed: 1, words: error.stack };
  }
  total.passed += result.passed;
  total.failed += result.failed;
  if (result.failed > 0) {
    say(result.words.trim());
    failures.push(...(result.failures ?? [`${name}: ${result.words.trim().slice(-160)}`]));
  }
  say(`${result.failed > 0 ? '✗' : '✓'} ${name}: ${result.passed} passed, ${result.failed} failed (${seconds(since)})`);
  return result.failed === 0;
};

const one = ({ code, words }) => (code === 0 ? { passed: 1, failed: 0, words } : { passed: 0, failed: 1, words });

const types = async () => {
  const { code, words } = await node([bin('@typescript/native/bin/tsc'), '-p', 'tsconfig.json']);
  return code === 0
    ? { passed: 1, failed: 0, words }
    : { passed: 0, failed: Math.max(1, words.match(/error TS/g)?.length ?? 0), words };
};

const importRules = async () => {
  const tops = ['apps', 'libs', 'outside', 'tools', 'deploy', 'test'].filter((top) => existsSync(join(root, top)));
  const { words, code } = await node([
    bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...tops,
  ]);
  let summary;
  try {
    summary = JSON.parse(words.slice(words.indexOf('{'))).summary;
  } catch {
    return { passed: 0, failed: 1, words: `${words.slice(0, 2000)} (exit ${code})` };
  }
  const rules = new Set(summary.ruleSetUsed.forbidden.map((rule) => rule.name));
  const broken = new Set(summary.violations.map((it) => it.rule.name));
  const lines = summary.violations.map((it) => `${it.rule.name}: ${it.from} → ${it.to}`);
  return { passed: rules.size - broken.size, failed: broken.size, words: lines.join('\n') };
};

const lint = async () => one(await node([bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', '-f', 'unix']));
const format = async () => one(await node([bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']));

/** What is generated from the code must be what is committed. */
const generated = async () => one(await node([join(root, 'deploy/local/bootstrap.mjs'), 'docs', '--check']));

const jest = async (
  project,
  {
    env = {},
    workers = String(Math.max(1, Math.min(4, availableParallelism()))),
    words: patterns = [],
    quiet = true,
  } = {},
) => {
  const report = join(home, `${project}.json`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const command = jestCommand(root, project, report, ['--passWithNoTests', '-w', workers, ...patterns]);
  const { words } = await node(command.args, { env: { ...command.env, ...env }, show: !quiet });
  const files = filesOf(report);
  if (!files) return { passed: 0, failed: 1, words };
  const messages = files
    .filter((it) => it.status === 'failed')
    .map((it) => `${it.name.replace(root, '')}\n${it.message}`);
  const counts = files.map(countOf);
  const sum = (what) => counts.reduce((all, it) => all + it[what], 0);
  if (sum('skipped') > 0) messages.push(`${sum('skipped')} tests are skipped`);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    words: messages.join('\n'),
    failures: files.flatMap((it) => failuresOf(it, root)),
  };
};

/** A stack of its own, with demo data; it ends with us whatever happens, because it watches the channel between us. */
const startStack = async () => {
  const folder = join(home, 'stack');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let words = '';
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', join(root, 'dist/deploy/local/stack.js'), 'foreground'],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
      env: {
        ...process.env,
        MUSTER_HOME: folder,
        MUSTER_PORT: process.env.MUSTER_TEST_PORT ?? '4390',
        MUSTER_LENIENT: '',
      },
    },
  );
  child.stdout.on('data', (chunk) => (words += chunk));
  child.stderr.on('data', (chunk) => (words += chunk));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const ready = await Promise.race([
    new Promise((resolve) => child.on('message', (message) => message.ready !== undefined && resolve(true))),
    exited.then(() => false),
  ]);
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  if (!ready) return { ok: false, words, stop };
  return { ok: true, file: join(folder, 'stack.json'), folder, words, stop };
};

let stack = null;
/** As it was after the last of its steps that failed. */
let condition = '';

/** On one stack, which the first of them starts and the end of the run stops. */
const onStack = async (work) => {
  const before = stack;
  stack ??= await startStack();
  if (!stack.ok) return { passed: 0, failed: 1, words: `The stack of the tests does not start:\n${stack.words}` };
  const result = await work({ MUSTER_STACK: stack.file, MUSTER_HOME: stack.folder });
  if (result.failed > 0) condition = await conditionOf(stack.folder).catch((error) => error.stack);
  return { ...result, passed: result.passed + (before ? 0 : 1) };
};

const journeys = () => onStack((env) => jest('e2e', { env, workers: '1' }));
/** Every check of `npm run attack`, with smaller crowds. */
const attacks = () => onStack((env) => jest('attack', { env: { ...env, MUSTER_ATTACK: 'short' }, workers: '1' }));
/** What runs is killed in turn while people apply: `npm run chaos -- in-turn`. */
const drill = () =>
  onStack(async (env) => one(await node([join(root, 'dist/test/chaos/main.js'), 'in-turn'], { env })));

/** Removes what earlier runs left that were killed before they could. */
const tidyUp = async () => {
  for (const name of existsSync(base) ? readdirSync(base).filter((it) => /^test-\d+$/.test(it)) : []) {
    const file = join(base, name, 'starter.json');
    const starter = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
    if (starter && isAlive(starter)) continue;
    const records = join(base, name, 'stack/processes.json');
    const left = existsSync(records) ? JSON.parse(readFileSync(records, 'utf8')) : [];
    await Promise.all(left.map((it) => endProcess(it, it.signal)));
    rmSync(join(base, name), { recursive: true, force: true });
  }
};

const leave = async () => {
  for (const child of running) child.kill('SIGTERM');
  await stack?.stop();
  rmSync(home, { recursive: true, force: true });
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    void leave().then(() => process.exit(130));
  });
}
// Our starter is gone: nobody waits for the answer.
if (process.send) process.on('disconnect', () => void leave().then(() => process.exit(130)));

const build = async () => one(await run(process.execPath, [join(root, 'deploy/local/bootstrap.mjs'), 'build']));

const steps = {
  types: () => check('types', types),
  imports: () => check('import rules', importRules),
  lint: () => check('lint', lint),
  format: () => check('format', format),
  build: () => check('build', build),
  generated: () => check('generated documents', generated),
  unit: () => check('unit', () => jest('unit')),
  processes: () => check('processes', () => jest('processes')),
  services: () => check('services', () => jest('services')),
  journeys: () => check('journeys', journeys),
  attacks: () => check('attacks', attacks),
  drill: () => check('drill', drill),
};

const main = async () => {
  const [mode, ...words] = process.argv.slice(2);
  const unknown = mode === 'test' ? words.filter((word) => !steps[word]) : [];
  if (unknown.length > 0) {
    say(`There is no step ${unknown.join(', ')}.\n${readFileSync(join(root, 'deploy/help/test.txt'), 'utf8')}`);
    process.exitCode = 2;
    return;
  }
  await tidyUp();
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'starter.json'), JSON.stringify(identify(process.pid)), { mode: 0o600 });
  if (mode === 'unit') {
    await check('unit', () => jest('unit', { words }));
  } else if (mode === 'tour') {
    process.env.MUSTER_TOUR = join(root, 'docs/tour');
    await check('build', build);
    await check('journeys', journeys);
  } else {
    for (const name of words.length > 0 ? words : Object.keys(steps)) await steps[name]();
  }
  await leave();
  if (condition !== '') say(condition);
  if (failures.length > 0) say(`What failed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  say(`All of it took ${seconds(began)}`);
  say(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
};

await main();
// The channel to our starter, which we listen to, would keep us alive.
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
