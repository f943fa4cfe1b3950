import type { StackFile } from '../../../deploy/local/stack-file.js';

/** How often an event came again and had no effect: a figure for the table, from the only ones who know; never a verdict. */
export class Absorbed {
  private before: ReadonlyMap<number, number> = new Map();
  private readonly now = new Map<number, number>();

  constructor(private readonly file: () => StackFile) {}

  async begin(): Promise<void> {
    await this.look();
    this.before = new Map(this.now);
  }

  /** A process that is killed counts as far as it was seen. */
  async look(): Promise<void> {
    const apps = Object.values(this.file().apps).flat();
    await Promise.all(apps.map(async ({ pid, adminUrl }) => this.now.set(pid, await duplicatesOf(adminUrl))));
  }

  get count(): number {
    return [...this.now].reduce((sum, [pid, count]) => sum + Math.max(0, count - (this.before.get(pid) ?? 0)), 0);
  }
}

const duplicatesOf = async (adminUrl: string): Promise<number> => {
  const text = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.text(),
    () => '',
  );
  const lines = text.split('\n').filter((line) => line.startsWith('consumer_duplicates_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};
