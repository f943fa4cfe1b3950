import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Counter, FaultSwitch } from '../../wire/src/index.js';
import type { Inbox } from './inbox.js';

const refusal = (code: number, message: string): Error => Object.assign(new Error(message), { responseCode: code });
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Addresses that a mailbox provider would refuse: for ever, or for now. */
const PERMANENT = /(^perm-fail@simulator\.notify$)|(@bounce\.example$)/i;
const TEMPORARY = /^temp-fail@simulator\.notify$/i;

const MAX_SIZE = 1_000_000;

export interface Catcher {
  readonly port: number;
  close(): Promise<void>;
}

interface Options {
  readonly port: number;
  readonly host: string;
  readonly inbox: Inbox;
  readonly faults: FaultSwitch;
  readonly counter: Counter;
}

/** Takes any mail from anyone; answers 250 once it is kept. */
export const catchMail = async ({ port, host, inbox, faults, counter }: Options): Promise<Catcher> => {
  const resetOf = (session: SMTPServerSession): void => {
    for (const connection of server.connections) {
      const it = connection as unknown as { id: string; _socket: import('node:net').Socket };
      if (it.id === session.id) it._socket.resetAndDestroy();
    }
  };

  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    counter.hit(Date.now());
    if (stream.sizeExceeded) throw refusal(552, 'message exceeds fixed maximum message size');
    const { latencyMs, mishap } = faults.draw();
    if (latencyMs > 0) await wait(latencyMs);
    switch (mishap) {
      case 'error':
        throw refusal(451, '4.3.0 local error in processing');
      case 'too-many':
        throw refusal(450, '4.7.1 too many messages, slow down');
      case 'wrong-shape':
        throw refusal(354, 'this is not what you expect');
      case 'hang':
        return new Promise<string>(() => {});
      case 'down':
        resetOf(session);
        return '';
      case 'accept-then-reset':
        await keep(session, Buffer.concat(chunks));
        resetOf(session);
        return '';
      case 'none':
        return `2.0.0 queued as ${await keep(session, Buffer.concat(chunks))}`;
    }
  };

  const keep = ({ envelope: { mailFrom, rcptTo } }: SMTPServerSession, raw: Buffer): Promise<string> =>
    inbox.accept({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) }, raw);

  const server = new SMTPServer({
    name: 'mail.localhost',
    banner: 'catches everything, delivers nothing',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MAX_SIZE,
    maxClients: 500,
    closeTimeout: 1_000,
    onConnect: (session, done) => {
      if (faults.now.down) {
        done(refusal(421, '4.3.2 not accepting connections'));
        setImmediate(() => resetOf(session));
      } else done();
    },
    onRcptTo: ({ address }, _session, done) => {
      if (PERMANENT.test(address)) return done(refusal(550, '5.1.1 no such mailbox'));
      if (TEMPORARY.test(address)) return done(refusal(451, '4.2.1 mailbox temporarily unavailable'));
      done();
    },
    onData: (stream, session, done) => {
      take(stream, session).then(
        (said) => {
          counter.answer(250);
          done(null, said);
        },
        (error: Error & { responseCode?: number }) => {
          counter.answer(error.responseCode ?? 451);
          done(error);
        },
      );
    },
  });
  // A client that hangs up is everyday life for a mail server.
  server.on('error', () => {});
  const listening = await new Promise<number>((ready, failed) => {
    server.server.once('error', failed);
    server.listen(port, host, () => ready((server.server.address() as import('node:net').AddressInfo).port));
  });
  return { port: listening, close: () => new Promise((closed) => server.close(() => closed())) };
};
