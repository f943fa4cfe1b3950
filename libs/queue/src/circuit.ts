import { admit, CLOSED, failed, succeeded, type Breaker, type CircuitState } from './circuit.decider.js';

/** The provider was not asked, because it does not answer or because an operator said so. */
export class CircuitOpen extends Error {
  constructor(
    readonly circuit: string,
    /** Milliseconds until it is worth asking again. */
    readonly retryInMs: number,
  ) {
    super('circuit-open');
    this.name = 'CircuitOpen';
  }
}

export type Forced = 'open' | 'closed' | null;

export class Circuit {
  private breaker: Breaker = CLOSED;
  private forced: Forced = null;

  constructor(
    readonly name: string,
    private readonly steady: () => number = () => performance.now(),
  ) {}

  get state(): CircuitState {
    if (this.forced) return this.forced;
    // An open circuit whose pause has ended lets the next call try: that is half open, also before the call comes.
    return this.breaker.state === 'open' && this.steady() >= this.breaker.openUntil ? 'half-open' : this.breaker.state;
  }

  /** What an operator wants, whatever the provider does; `closed` asks it always, null lets the circuit judge again. */
  force(state: Forced): void {
    if (state !== this.forced) this.breaker = CLOSED;
    this.forced = state;
  }

  get isForced(): boolean {
    return this.forced !== null;
  }

  /** @throws CircuitOpen without calling `work`. Everything that `work` throws counts as a failure. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.enter();
    try {
      const answer = await work();
      this.breaker = succeeded(this.breaker, this.steady());
      return answer;
    } catch (error) {
      this.breaker = failed(this.breaker, this.steady());
      throw error;
    }
  }

  private enter(): void {
    if (this.forced === 'closed') return;
    if (this.forced === 'open') throw new CircuitOpen(this.name, 5_000);
    const { admitted, breaker } = admit(this.breaker, this.steady());
    this.breaker = breaker;
    if (!admitted) throw new CircuitOpen(this.name, Math.max(250, breaker.openUntil - this.steady()));
  }
}
