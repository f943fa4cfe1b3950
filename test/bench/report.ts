import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMet, ratioOf, type Bench, type Figure, type Measured } from './bench.js';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a program says of itself; null: it is not there. */
export const versionOf = (command: string, args: readonly string[], pattern: RegExp): string | null => {
  try {
    const said = execFileSync(command, [...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return pattern.exec(said)?.[1] ?? null;
  } catch {
    return null;
  }
};

const packageVersion = (name: string): string =>
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

export const machine = (postgres: string): Machine => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  load: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]),
  versions: {
    node: process.versions.node,
    postgres,
    pgbench: versionOf('pgbench', ['--version'], /([\d.]+)/) ?? 'missing',
    nest: packageVersion('@nestjs/core'),
    fastify: packageVersion('fastify'),
    kafkajs: packageVersion('kafkajs'),
    typeorm: packageVersion('typeorm'),
  },
  commit:
    (versionOf('git', ['rev-parse', '--short', 'HEAD'], /(\w+)/) ?? 'unknown') +
    (versionOf('git', ['status', '--porcelain', '--', 'apps', 'libs', 'deploy', 'test', 'tools'], /(\S)/)
      ? ' and changes'
      : ''),
});

const round = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

const cells = (figure: Figure): string[] => {
  const { name, value, unit, against, wanted } = figure;
  const ratio = ratioOf(figure);
  const verdict = wanted === null ? '' : isMet(figure) ? 'met' : 'MISSED';
  return [
    name,
    `${round(value)} ${unit}`,
    against ? `${against.what} ${round(against.value)}` : '',
    ratio === null || against?.what === 'limit' ? '' : ratio.toFixed(2),
    wanted === null
      ? ''
      : against?.what === 'limit'
        ? `≤ ${round(against.value)}`
        : `${wanted.at === 'least' ? '≥' : '≤'} ${wanted.ratio}`,
    verdict,
  ];
};

const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
    .join('\n');
};

/** One table for people; true when every target is met and nothing was lost or doubled. */
export const report = (bench: Bench, measured: Measured, on: Machine, folder: string): boolean => {
  const { figures, faults, notes } = measured;
  const good = faults.length === 0 && figures.every(isMet);
  const lines = [
    `${bench.name}: ${bench.says}`,
    columns([['figure', 'measured', 'limit or peer', 'ratio', 'wanted', ''], ...figures.map(cells)]),
    ...notes.map(([name, text]) => `  ${name}: ${text}`),
    `  machine: ${on.cores} × ${on.processor}, ${on.memoryGb} GB, load ${on.load} at the start; ${Object.entries(
      on.versions,
    )
      .map((pair) => pair.join(' '))
      .join(', ')}; commit ${on.commit}`,
    ...(faults.length > 0 ? [`  SCORE ZERO: ${faults.join('; ')}`] : []),
    good ? '  every target met' : '  NOT every target met',
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const json = {
    ...{ name: bench.name, at: new Date().toISOString(), good, faults, machine: on },
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
    notes: Object.fromEntries(notes),
  };
  writeFileSync(join(folder, `bench-${bench.name}.json`), `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600 });
  return good;
};
