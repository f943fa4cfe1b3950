import { connect, type Socket } from 'node:net';
import { readReply, type Reply } from './reply.js';

export type { Reply } from './reply.js';

export class NoReply extends Error {}

interface Asked {
  readonly text: string;
  readonly done: (reply: Reply) => void;
  readonly failed: (error: NoReply) => void;
}

/**
 * As little as needed to post JSON over connections that stay open: node:http costs three times as much a request, which
 * on a small machine the service under load would pay for. One request at a time on a connection, so that a broken one
 * leaves exactly one question unanswered.
 */
export class Client {
  private readonly idle: Line[] = [];
  private readonly waiting: Asked[] = [];
  private open = 0;
  private closed = false;
  private readonly host: string;
  private readonly port: number;
  private readonly authority: string;

  constructor(
    origin: string,
    private readonly connections: number,
    private readonly timeoutMs = 30_000,
  ) {
    const url = new URL(origin);
    // The local front listens on the loopback address; a look-up for each connection would be ours to pay.
    this.host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname;
    this.port = Number(url.port || 80);
    this.authority = url.host;
  }

  post(path: string, headers: Record<string, string>, body: string): Promise<Reply> {
    let head = `POST ${path} HTTP/1.1\r\nhost: ${this.authority}\r\naccept: application/json\r\ncontent-type: application/json\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    const text = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    return new Promise((done, failed) => {
      this.waiting.push({ text, done, failed });
      this.pump();
    });
  }

  close(): void {
    this.closed = true;
    for (const line of this.idle) line.end();
    this.idle.length = 0;
  }

  private pump(): void {
    while (this.waiting.length > 0) {
      const line = this.idle.pop() ?? this.dial();
      if (!line) return;
      line.ask(this.waiting.shift()!);
    }
  }

  private dial(): Line | null {
    if (this.open >= this.connections) return null;
    this.open += 1;
    const line: Line = new Line(this.host, this.port, this.timeoutMs, {
      free: () => {
        if (this.closed) line.end();
        else {
          this.idle.push(line);
          this.pump();
        }
      },
      gone: () => {
        this.open -= 1;
        const at = this.idle.indexOf(line);
        if (at >= 0) this.idle.splice(at, 1);
        this.pump();
      },
    });
    return line;
  }
}

/** One connection and the one question it carries. */
class Line {
  private readonly socket: Socket;
  private asked: Asked | null = null;
  private received: Buffer | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    host: string,
    port: number,
    private readonly timeoutMs: number,
    private readonly pool: { free: () => void; gone: () => void },
  ) {
    this.socket = connect({ host, port, noDelay: true, keepAlive: true });
    let why = 'the connection was closed';
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => (why = (error as NodeJS.ErrnoException).code ?? error.message));
    this.socket.on('close', () => {
      this.settle()?.failed(new NoReply(why));
      pool.gone();
    });
  }

  ask(asked: Asked): void {
    this.asked = asked;
    this.timer = setTimeout(() => {
      this.settle()?.failed(new NoReply('no answer in time'));
      this.socket.destroy();
    }, this.timeoutMs);
    this.socket.write(asked.text);
  }

  end(): void {
    this.socket.end();
  }

  private take(chunk: Buffer): void {
    this.received = this.received ? Buffer.concat([this.received, chunk]) : chunk;
    const read = readReply(this.received);
    if (read === 'more') return;
    this.received = null;
    const asked = this.settle();
    if (read === 'nonsense') {
      asked?.failed(new NoReply('the answer is not HTTP'));
      this.socket.destroy();
      return;
    }
    asked?.done(read.reply);
    if (read.closes) this.socket.end();
    else this.pool.free();
  }

  private settle(): Asked | null {
    const { asked } = this;
    this.asked = null;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    return asked;
  }
}
