import { Agent, request as httpRequest } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly replayed: boolean;
  readonly body: string;
}

export class NoReply extends Error {}

/** As little as needed to post JSON over connections that stay open. */
export class Client {
  private readonly agent: Agent;
  private readonly host: string;
  private readonly port: number;

  constructor(
    private readonly origin: string,
    connections: number,
    private readonly timeoutMs = 30_000,
  ) {
    const url = new URL(origin);
    // The local front listens on the loopback address; a look-up for each connection would be ours to pay.
    this.host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname;
    this.port = Number(url.port || 80);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  }

  post(path: string, headers: Record<string, string>, body: string): Promise<Reply> {
    return new Promise((done, failed) => {
      const request = httpRequest(
        {
          agent: this.agent,
          host: this.host,
          port: this.port,
          method: 'POST',
          path,
          headers: {
            host: new URL(this.origin).host,
            'content-type': 'application/json',
            accept: 'application/json',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', (error) => failed(new NoReply(error.message)));
          response.on('end', () =>
            done({
              status: response.statusCode ?? 0,
              retryAfter: Number(response.headers['retry-after']) || null,
              replayed: response.headers['idempotency-replayed'] === 'true',
              body: text,
            }),
          );
        },
      );
      request.setTimeout(this.timeoutMs, () => request.destroy(new Error('no answer in time')));
      request.on('error', (error) => failed(new NoReply(error.message)));
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
