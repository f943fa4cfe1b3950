import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FLAGS = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
];

interface File {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly {
    readonly ancestorTitles: readonly string[];
    readonly title: string;
    readonly status: string;
    readonly failureMessages?: readonly string[];
  }[];
}

/** What to start for one project of jest.config.js; what came of it is written to `report`. */
export const jestCommand = (root: string, project: string, report: string, args: readonly string[]) => ({
  args: [
    ...FLAGS,
    join(root, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    project,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ],
  env: { NODE_OPTIONS: FLAGS.join(' ') },
});

/** Null when there is no report. */
export const filesOf = (report: string): readonly File[] | null =>
  existsSync(report)
    ? (JSON.parse(readFileSync(report, 'utf8')) as { testResults: readonly File[] }).testResults
    : null;

/** A file that cannot even be loaded fails without a test; a test that is skipped proves nothing, so it fails too. */
export const countOf = ({ status, assertionResults }: File): { passed: number; failed: number; skipped: number } => {
  const passed = assertionResults.filter((it) => it.status === 'passed').length;
  const skipped = assertionResults.filter((it) => !['passed', 'failed'].includes(it.status)).length;
  const failed = assertionResults.length - passed;
  return { passed, failed: failed === 0 && status === 'failed' ? 1 : failed, skipped };
};

/** One line for each test that failed, with the first words of why: what a reader of a long output looks for. */
export const failuresOf = ({ name, status, message, assertionResults }: File, root: string): string[] => {
  const file = name.replace(`${root}`, '').replace(/^\//, '');
  const failed = assertionResults.filter((it) => it.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstWords(message)}`] : [];
  return failed.map(({ title, failureMessages }) => `${file} › ${title}: ${firstWords(failureMessages?.[0] ?? '')}`);
};

const firstWords = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 160);
