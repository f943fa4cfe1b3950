import type { Stack } from '../../../tools/stack-file.js';
import { tokenFor } from '../../../tools/token/token.js';

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: any;
}

const PATIENCE_MS = 45_000;
const AGAIN_MS = 500;

/** One of the demo people at the public API, with a token of the local directory. */
export class Desk {
  private constructor(
    private readonly origin: string,
    private readonly email: string,
    private readonly token: string,
  ) {}

  static async of(stack: Stack, email: string): Promise<Desk> {
    return new Desk(stack.origin, email, await tokenFor(stack, email));
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path, undefined, {});
  }

  post(path: string, key: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('POST', path, body, { 'idempotency-key': key, ...headers });
  }

  /** A membership just written is known everywhere within seconds, so a refusal is asked again for a while. */
  private async ask(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const response = await fetch(`${this.origin}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          accept: 'application/json',
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(15_000),
      });
      const text = await response.text();
      const answer = {
        status: response.status,
        etag: response.headers.get('etag'),
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
      };
      const notYet =
        [401, 403, 502, 503].includes(answer.status) && answer.body?.type !== '/problems/second-person-needed';
      if (!notYet || Date.now() > until) {
        if (answer.status < 400 || answer.status === 404) return answer;
        throw new Error(`${this.email}: ${method} ${path} answered ${answer.status} ${text.slice(0, 600)}`);
      }
      await new Promise((later) => setTimeout(later, AGAIN_MS));
    }
  }
}
