/**
 * The way in from a bare clone: needs only Node 20 and what comes with it. Installs and builds what is missing or old,
 * then hands over to the built command on the project's own Node.
 *
 *   node deploy/local/bootstrap.mjs COMMAND [arguments]
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const node = join(root, 'node_modules/.bin/node');
const sources = ['apps', 'libs', 'outside', 'tools', 'deploy', 'test'];
const assets = new Set([
  '.js',
  '.png',
  '.ico',
  '.njk',
  '.sql',
  '.json',
  '.csv',
  '.xml',
  '.sha256',
  '.css',
  '.svg',
  '.yaml',
  '.yml',
  '.txt',
]);

const fail = (sentence) => {
  process.stderr.write(`\n${sentence}\n`);
  process.exit(1);
};
const say = (line) => process.stderr.write(`${line}\n`);
const digest = (text) => createHash('sha256').update(text).digest('hex');

const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** One at a time per clone; a lock whose holder is gone is taken over. */
const alone = async (work) => {
  mkdirSync(join(root, '.parts'), { recursive: true });
  const lock = join(root, '.parts/bootstrap.lock');
  for (let told = false; ; await wait(100)) {
    try {
      const file = openSync(lock, 'wx');
      writeFileSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0);
      // An empty lock was made a moment ago by somebody who has not written his pid yet.
      if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true });
      else if (!told) {
        told = true;
        say('Waiting for another install or build of this clone to end');
      }
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
};

/** Installed packages are current when they came from this very lock file. */
const isInstalled = () => {
  const marker = join(root, 'node_modules/.muster-lock');
  const inside = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(inside) || !existsSync(node)) return false;
  const lock = join(root, 'package-lock.json');
  const wanted = digest(readFileSync(lock));
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return true;
  if (statSync(inside).mtimeMs < statSync(lock).mtimeMs) return false;
  writeFileSync(marker, wanted);
  return true;
};

const install = () => {
  say('Installing packages (npm ci)');
  // Without our own folder on the path: npm must not run on the Node that it is about to replace.
  const path = process.env.PATH.split(':').filter((it) => !it.startsWith(join(root, 'node_modules')));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(cache|registry|userconfig|prefix|cafile|(https?_)?proxy))/i.test(name),
    ),
  );
  const run = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...env, PATH: path.join(':') },
  });
  if (run.status !== 0)
    fail(
      'npm ci failed; its words above say why (no network, a full disk, or a package that does not exist for this platform).',
    );
  writeFileSync(join(root, 'node_modules/.muster-lock'), digest(readFileSync(join(root, 'package-lock.json'))));
};

const walk = function* (folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') yield* walk(path);
    } else if (entry.isFile()) yield path;
  }
};

/** Name, size and time of every source: cheap, and changes whenever a build could come out different. */
const fingerprint = () => {
  const lines = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map(
    (name) => `${name} ${digest(readFileSync(join(root, name)))}`,
  );
  for (const top of sources) {
    if (!existsSync(join(root, top))) continue;
    for (const path of walk(join(root, top))) {
      const { size, mtimeMs } = statSync(path);
      lines.push(`${relative(root, path)} ${size} ${mtimeMs}`);
    }
  }
  return digest(lines.sort().join('\n'));
};

/** What the last build was made of, and how many type errors it had. */
const lastBuild = () => {
  const marker = join(root, 'dist/.fingerprint');
  const [print, errors] = existsSync(marker) ? readFileSync(marker, 'utf8').split(' ') : [];
  return { print, errors: Number(errors ?? 0) };
};
const isBuilt = (print) => lastBuild().print === print;

/** Files beside the code that the code reads come along; what has no source any more goes. */
const mirrorAssets = () => {
  const dist = join(root, 'dist');
  for (const top of sources) {
    if (!existsSync(join(root, top))) continue;
    for (const path of walk(join(root, top))) {
      if (!assets.has(extname(path)) && !path.includes(`${sep}public${sep}`)) continue;
      const to = join(dist, relative(root, path));
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(path, to);
    }
    if (!existsSync(join(dist, top))) continue;
    for (const path of walk(join(dist, top))) {
      const from = join(root, relative(dist, path));
      const sources = path.endsWith('.js.map')
        ? [from.replace(/\.js\.map$/, '.ts')]
        : [from, from.replace(/\.js$/, '.ts')];
      if (!sources.some((it) => existsSync(it))) rmSync(path, { force: true });
    }
  }
};

/** Null when all is well, else what the compiler said. */
const build = () => {
  say('Building');
  const print = fingerprint();
  const missing = !existsSync(join(root, 'dist'));
  if (missing) mkdirSync(join(root, 'dist'));
  const tsc = spawnSync(node, [join(root, 'node_modules/@typescript/native/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (tsc.error) fail(`The compiler could not be started: ${tsc.error.message}.`);
  const alias = spawnSync(node, [join(root, 'node_modules/tsc-alias/dist/bin/index.js'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (alias.status !== 0) fail(`The names of the libs could not be resolved: ${alias.stdout}${alias.stderr}`);
  mirrorAssets();
  const words = tsc.status === 0 ? null : tsc.stdout.trim();
  writeFileSync(join(root, 'dist/.fingerprint'), `${print} ${words === null ? 0 : words.split('\n').length}`);
  return words;
};

const version = (command, args, pattern) => {
  const run = spawnSync(command, args, { encoding: 'utf8' });
  return run.error ? null : (pattern.exec(`${run.stdout}${run.stderr}`)?.[1] ?? '0');
};

/** What must be on the machine: one clear sentence for what is not. */
const preflight = (needsServers) => {
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail(`Muster needs Node 20 or later to start; this is ${process.version}. Install it from https://nodejs.org.`);
  if (!['linux', 'darwin'].includes(process.platform) || !['x64', 'arm64'].includes(process.arch)) {
    fail(
      `Muster's local stack runs on Linux and macOS, x64 and arm64; this machine is ${process.platform} on ${process.arch}. Use docker-compose.yml instead.`,
    );
  }
  if (!needsServers) return;
  const java = version('java', ['-version'], /version "(\d+)/);
  if (java === null)
    fail(
      'Java is missing: Kafka needs Java 17 or later. Install it (Debian: apt install openjdk-17-jre-headless, macOS: brew install openjdk@17) and see that "java -version" works.',
    );
  if (Number(java) < 17)
    fail(`Kafka needs Java 17 or later; "java" here is version ${java}. Put a newer one first on the PATH.`);
  if (!existsSync(join(root, '.parts/jars')) && version('mvn', ['-v'], /Maven ([\d.]+)/) === null) {
    fail(
      'Maven is missing: it fetches Kafka once. Install it (Debian: apt install maven, macOS: brew install maven) and see that "mvn -v" works.',
    );
  }
};

/** Words to a running stack must not change the build under it. */
const asIs = new Set(['down', 'status', 'stop', 'start', 'restart', 'clock']);
const isUp = () => {
  const file = join(process.env.MUSTER_HOME ?? join(root, '.local'), 'supervisor.json');
  try {
    return isRunning(JSON.parse(readFileSync(file, 'utf8')).pid);
  } catch {
    return false;
  }
};

/** Where each command lives once built; the first that exists is taken. */
const commands = {
  stack: ['deploy/local/stack.js'],
  migrate: ['deploy/migrate.js'],
  dev: ['deploy/local/stack.js'],
  surge: ['tools/surge/src/main.js', 'tools/surge/main.js'],
  token: ['tools/token/src/main.js', 'tools/token/main.js'],
  import: ['tools/import/src/main.js', 'tools/import/main.js'],
  docs: ['tools/docs/src/main.js', 'tools/docs/main.js'],
  bench: ['test/bench/main.js'],
  chaos: ['test/chaos/main.js'],
  attack: ['test/attack/main.js'],
};

/** Commands that share one page of help with another. */
const explainedBy = { dev: 'stack', unit: 'test', tour: 'test' };

/** The command gets our terminal; it ends with us, and we with it. */
const handOver = (file, args) => {
  const child = spawn(node, ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', file, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, MUSTER_STARTER: String(process.pid), NODE_OPTIONS: '' },
  });
  const parent = process.ppid;
  // Ctrl-C reaches the child by itself: here it is only not to end us first.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000);
  child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1));
  });
};

const explain = (error) => {
  if (error.code === 'ENOSPC') fail(`The disk that holds ${root} is full; free some space and start again.`);
  if (error.code === 'EACCES' || error.code === 'EROFS')
    fail(`${error.path ?? root} cannot be written; check whose it is and its rights.`);
  throw error;
};

try {
  const [command, ...args] = process.argv.slice(2);
  // The words are files: a bare clone says them without installing or building anything.
  const help = join(root, 'deploy/help', `${explainedBy[command] ?? command}.txt`);
  if (args.includes('--help') && existsSync(help)) {
    process.stdout.write(readFileSync(help));
    process.exit(0);
  }
  preflight(['stack', 'dev', 'test', 'tour'].includes(command));
  if (!isInstalled()) await alone(() => isInstalled() || install());
  if (command === 'build') {
    const words = await alone(build);
    if (words) fail(words);
  } else if (command === 'install') {
    say('Packages are installed');
  } else if (command === 'format') {
    handOver(join(root, 'node_modules/prettier/bin/prettier.cjs'), ['--write', '.', ...args]);
  } else if (['test', 'unit', 'tour'].includes(command)) {
    handOver(join(root, 'test/run.mjs'), [command, ...args]);
  } else if (commands[command]) {
    if (!(command === 'stack' && (asIs.has(args[0]) || isUp()) && lastBuild().print)) {
      if (!isBuilt(fingerprint())) await alone(() => (isBuilt(fingerprint()) ? null : build()));
      const { errors } = lastBuild();
      if (errors > 0)
        say(`The build has type errors and goes on all the same; "npm run build" shows them (${errors} lines).`);
    }
    const file = commands[command].map((name) => join(root, 'dist', name)).find((name) => existsSync(name));
    if (!file) fail(`"${command}" is not part of this build.`);
    handOver(file, command === 'dev' ? ['dev', ...args] : args);
  } else {
    fail(`Unknown command "${command ?? ''}"; one of: ${Object.keys(commands).join(', ')}, build, format, test, unit.`);
  }
} catch (error) {
  explain(error);
}
