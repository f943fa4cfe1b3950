import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where a line stands, so that it can be read again without being held in memory. */
export interface Position {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * What has arrived, kept append-only as one JSON line each, in files of a bounded number of lines; the oldest file goes
 * when there are too many. An append is acknowledged once the kernel has it; lines that wait are written together.
 */
export class Ledger<T> {
  private waiting: { line: Buffer; done: (at: Position) => void; failed: (error: Error) => void }[] = [];
  private writing: Promise<void> | null = null;
  private file: FileHandle | null = null;
  private number = 0;
  private lines = 0;
  private size = 0;

  constructor(
    private readonly folder: string,
    private readonly limits: { linesPerFile: number; files: number } = { linesPerFile: 20_000, files: 10 },
    private readonly onDropped: (file: number) => void = () => {},
  ) {}

  /** Reads what an earlier run kept, oldest first; a torn last line (we were killed) is cut off. */
  async load(take: (entry: T, at: Position) => void): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const number of await this.numbers()) {
      const path = this.path(number);
      let lines = 0;
      let whole = 0;
      for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
        const entry = parsed<T>(line);
        if (!entry) break;
        const length = Buffer.byteLength(line) + 1;
        take(entry.value, { file: number, offset: whole, length });
        lines += 1;
        whole += length;
      }
      const { size } = await stat(path);
      if (size > whole) await truncate(path, whole);
      else if (size < whole) await this.endLine(path);
      this.number = number;
      this.lines = lines;
      this.size = whole;
    }
  }

  append(entry: T): Promise<Position> {
    return new Promise((done, failed) => {
      this.waiting.push({ line: Buffer.from(`${JSON.stringify(entry)}\n`), done, failed });
      this.writing ??= this.write();
    });
  }

  async read(at: Position): Promise<T> {
    const file = await open(this.path(at.file), 'r');
    try {
      const buffer = Buffer.alloc(at.length);
      await file.read(buffer, 0, at.length, at.offset);
      return JSON.parse(buffer.toString('utf8')) as T;
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = null;
  }

  private async write(): Promise<void> {
    // Gives a burst the time to queue up, so that it costs one write.
    await new Promise((now) => setImmediate(now));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, 1000);
      try {
        if (this.lines >= this.limits.linesPerFile) await this.turn();
        this.file ??= await open(this.path(this.number), 'a', 0o600);
        await this.file.appendFile(Buffer.concat(batch.map(({ line }) => line)));
        this.lines += batch.length;
        for (const { line, done } of batch) {
          done({ file: this.number, offset: this.size, length: line.length });
          this.size += line.length;
        }
      } catch (error) {
        for (const { failed } of batch) failed(error as Error);
      }
    }
    this.writing = null;
  }

  private async turn(): Promise<void> {
    await this.file?.close();
    this.file = null;
    this.number += 1;
    this.lines = 0;
    this.size = 0;
    const numbers = await this.numbers();
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - this.limits.files))) {
      await rm(this.path(old), { force: true });
      this.onDropped(old);
    }
  }

  private async endLine(path: string): Promise<void> {
    const file = await open(path, 'a');
    await file.appendFile('\n');
    await file.close();
  }

  private async numbers(): Promise<number[]> {
    const names = await readdir(this.folder);
    return names
      .flatMap((name) => (/^(\d{6})\.ndjson$/.exec(name) ? [Number(name.slice(0, 6))] : []))
      .sort((a, b) => a - b);
  }

  private path(number: number): string {
    return join(this.folder, `${String(number).padStart(6, '0')}.ndjson`);
  }
}

const parsed = <T>(line: string): { value: T } | null => {
  try {
    return { value: JSON.parse(line) as T };
  } catch {
    return null;
  }
};
