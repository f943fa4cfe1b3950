import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../deploy/local/root.js';
import { ROWS } from '../rows.js';
import type { Result } from './run-row.js';
import { columns, summaryOf } from './table.js';

/** The table and every run, on disk after each of them: a night that is cut short still tells what it saw. */
export class Report {
  readonly file: string;
  private readonly began = new Date();
  private readonly commit = commit();

  constructor(
    folder: string,
    private readonly names: readonly string[],
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.file = join(folder, 'chaos.json');
  }

  /** @returns the table */
  write(runs: readonly Result[]): string {
    const rows = this.names
      .map((name) => summaryOf(name, ROWS[name]!.limits ?? {}, runs))
      .filter(({ seeds }) => seeds > 0);
    const seconds = Math.round((Date.now() - this.began.getTime()) / 1000);
    const machine = { cores: cpus().length, model: cpus()[0]?.model, memoryGb: Math.round(totalmem() / 1e9) };
    const versions = { node: process.version, commit: this.commit };
    writeFileSync(this.file, JSON.stringify({ at: this.began, seconds, machine, versions, rows, runs }, null, 2));
    const held = runs.filter(({ faults }) => faults.length === 0).length;
    const table = `${columns(rows)}\n\n${held} of ${runs.length} runs held, in ${seconds} s; ${machine.cores} cores, ${machine.model}, ${machine.memoryGb} GB; Node ${versions.node}, commit ${versions.commit}`;
    writeFileSync(this.file.replace(/json$/, 'txt'), `${table}\n`);
    return table;
  }
}

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};
