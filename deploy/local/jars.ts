import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { StackProblem } from './problem.js';

const run = promisify(execFile);
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** `sha256sum` lines → file name to digest. */
export const readDigests = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );

const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** A jar that is missing, altered or not on the list is named; none of them may run (S28). */
export const jarsAmiss = async (folder: string, digests: Map<string, string>): Promise<string[]> => {
  const present = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jar'));
  const strangers = present.filter((name) => !digests.has(name));
  const altered = await Promise.all(
    [...digests].map(async ([name, digest]) =>
      present.includes(name) && (await digestOf(join(folder, name))) === digest ? [] : [name],
    ),
  );
  return [...strangers, ...altered.flat()].sort();
};

/** Kafka and Redis come from Maven Central, pinned by version and digest; kept in `.parts`, shared by all homes of a clone. */
export const fetchJars = async (root: string, say: (line: string) => void): Promise<string> => {
  const source = join(root, 'deploy/local/jars');
  const folder = join(root, '.parts/jars');
  const digests = readDigests(await readFile(join(source, 'jars.sha256'), 'utf8'));
  if (!existsSync(folder)) {
    say('Fetching Kafka with Maven (once, some 65 MB)');
    const fresh = `${folder}.${process.pid}`;
    try {
      await run('mvn', [
        '-q',
        '-B',
        '-f',
        join(source, 'pom.xml'),
        PLUGIN,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${fresh}`,
      ]);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      const why =
        (error as { stdout?: string }).stdout?.split('\n').find((line) => line.includes('ERROR')) ??
        (error as Error).message;
      throw new StackProblem(
        `Maven could not fetch Kafka; check that this machine reaches Maven Central (${why.trim()}).`,
      );
    }
    await mkdir(join(root, '.parts'), { recursive: true });
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  }
  const amiss = await jarsAmiss(folder, digests);
  if (amiss.length > 0) {
    throw new StackProblem(
      `These jars are not the ones that were reviewed: ${amiss.join(', ')}. Delete ${folder} to fetch them again; if that does not help, do not run them.`,
    );
  }
  return folder;
};

/** The bytes of one file in a zip archive; enough of the format for a jar (stored or deflated, no zip64). */
export const unzipOne = (archive: Buffer, name: string): Buffer => {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error('Not a zip archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    const size = archive.readUInt32LE(at + 20);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(from, from + size);
      return archive.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`No ${name} in the archive`);
};

/** Names of the files in a zip archive. */
export const namesIn = (archive: Buffer): string[] => {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const names: string[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    names.push(archive.toString('utf8', at + 46, at + 46 + nameLength));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return names;
};

/** Written whole or not at all, so that a full disk leaves no half program behind. */
export const writeExecutable = async (file: string, bytes: Buffer): Promise<void> => {
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, bytes, { mode: 0o755 });
  const handle = await open(fresh, 'r');
  await handle.sync();
  await handle.close();
  await rename(fresh, file);
};
