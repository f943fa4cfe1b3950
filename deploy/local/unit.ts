import { setTimeout as wait } from 'node:timers/promises';
import { endProcess, giveWay, identify, type Identity, type Launch, launch, readyOrDead } from './processes.js';

export type UnitState = 'stopped' | 'starting' | 'ready' | 'stopping' | 'waiting';

/** A life shorter than this counts as dying again at once. */
const SHORT_LIFE_MS = 5_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** How long to wait before the next start after so many short lives in a row. */
export const backOff = (shortLives: number): number =>
  shortLives === 0 ? FIRST_DELAY_MS : Math.min(LONGEST_DELAY_MS, 500 * 2 ** (shortLives - 1));

/** One supervised process: started, watched, started again when it dies without being asked to. */
export class Unit {
  state: UnitState = 'stopped';
  identity: Identity | null = null;
  restarts = 0;
  current: Launch | null = null;
  private life: { ended: AbortController; ready: Promise<void>; over: Promise<void> } | null = null;

  constructor(
    readonly name: string,
    private readonly prepare: () => Promise<Launch>,
    /** Called after every change of state or process, so that the records on disk follow. */
    private readonly changed: () => void,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when it answers. A first start that fails is tried again only where its port was taken meanwhile. */
  start(): Promise<void> {
    if (!this.life) {
      const ended = new AbortController();
      let resolve = () => {};
      let reject = (_: unknown) => {};
      const ready = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
      ready.catch(() => {});
      const over = this.live(ended.signal, resolve, reject).finally(() => {
        if (this.life?.ended === ended) this.life = null;
        this.become('stopped');
      });
      this.life = { ended, ready, over };
    }
    return this.life.ready;
  }

  async stop(): Promise<void> {
    const life = this.life;
    if (!life) return;
    life.ended.abort();
    this.become('stopping');
    if (this.identity && this.current)
      await endProcess(this.identity, this.current.stopSignal, this.current.stopWithinMs);
    await life.over;
  }

  private async live(ended: AbortSignal, isReady: () => void, cannot: (error: unknown) => void): Promise<void> {
    let shortLives = 0;
    let answered = false;
    for (let attempt = 1; !ended.aborted; attempt++) {
      const began = Date.now();
      this.become('starting');
      try {
        const how = await this.once(ended, () => {
          answered = true;
          isReady();
        });
        if (!ended.aborted) this.say(`${this.name} ended (${how}); starting it again`);
      } catch (error) {
        if (this.identity && this.current) await endProcess(this.identity, 'SIGKILL');
        if (ended.aborted) break;
        if (!answered && (attempt === 3 || !isPortTaken(error))) return cannot(error);
        this.say(`${this.name}: ${(error as Error).message}`);
      }
      this.identity = null;
      if (ended.aborted) break;
      shortLives = Date.now() - began < SHORT_LIFE_MS ? shortLives + 1 : 0;
      this.restarts++;
      this.become('waiting');
      await wait(backOff(shortLives), undefined, { signal: ended }).catch(() => {});
    }
    this.identity = null;
    cannot(new Error(`${this.name} was stopped before it was ready`));
  }

  /** One life from start to end; resolves with how it ended. */
  private async once(ended: AbortSignal, isReady: () => void): Promise<string> {
    const it = await this.prepare();
    if (ended.aborted) return 'stopped';
    this.current = it;
    const child = launch(it);
    const exited = new Promise<string>((resolve) =>
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
    );
    this.identity = child.pid === undefined ? null : identify(child.pid);
    this.changed();
    await readyOrDead(child, it);
    if (it.niceness && child.pid !== undefined) void giveWay(child.pid, it.niceness);
    if (!ended.aborted) this.become('ready');
    isReady();
    return exited;
  }

  private become(state: UnitState): void {
    this.state = state;
    this.changed();
  }
}

const isPortTaken = (error: unknown): boolean =>
  /EADDRINUSE|already in use|Address already|could not bind|Failed to bind/i.test((error as Error).message);
