import { createServer } from 'node:net';

export const isFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** The first free port from `from` upwards that is not spoken for. */
export const nextFree = async (from: number, taken: ReadonlySet<number>): Promise<number> => {
  for (let port = from; port <= 65_535; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`No free port from ${from} upwards.`);
};

/** Ports are remembered by name in the home, so that a restart keeps its addresses; one that is taken meanwhile moves on. */
export class Ports {
  private readonly given = new Set<number>();

  constructor(
    readonly remembered: Record<string, number>,
    private readonly base: number,
  ) {}

  async of(name: string): Promise<number> {
    const before = this.remembered[name];
    const others = new Set([
      ...this.given,
      ...Object.entries(this.remembered)
        .filter(([other]) => other !== name)
        .map(([, port]) => port),
    ]);
    const port = before !== undefined && (await isFree(before)) ? before : await nextFree(this.base, others);
    this.remembered[name] = port;
    this.given.add(port);
    return port;
  }
}
