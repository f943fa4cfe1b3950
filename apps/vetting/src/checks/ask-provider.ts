/** The provider gave nothing we may act on: silence, an error, too much, or a shape we do not know. It never clears anybody. */
export class NoAnswer extends Error {
  constructor(
    readonly provider: string,
    readonly why: 'unreachable' | 'timeout' | 'status' | 'too-large' | 'unreadable',
    readonly status?: number,
  ) {
    super(status === undefined ? why : `${why} ${status}`);
    this.name = 'NoAnswer';
  }
}

export interface Ask {
  readonly provider: string;
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly accept: string;
  readonly json?: unknown;
  readonly timeoutMs: number;
}

const MOST = 64 * 1024;

/** One question to a provider: no redirects, at most 64 kB, a deadline for headers and body together. */
export async function askProvider(ask: Ask): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(ask.url, {
      method: ask.method ?? 'GET',
      redirect: 'error',
      signal: AbortSignal.timeout(ask.timeoutMs),
      headers: { accept: ask.accept, ...(ask.json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(ask.json === undefined ? {} : { body: JSON.stringify(ask.json) }),
    });
    return { status: response.status, text: await read(response, ask.provider) };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    const timedOut = (error as { name?: unknown } | null)?.name === 'TimeoutError';
    throw new NoAnswer(ask.provider, timedOut ? 'timeout' : 'unreachable');
  }
}

async function read(response: Response, provider: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST) throw new NoAnswer(provider, 'too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
