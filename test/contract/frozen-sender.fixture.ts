import { Socket } from 'node:net';
import { Circuit } from '@app/queue';
import type { Outgoing } from '../../apps/notification/src/channels/channel.js';
import { NotifyChannel } from '../../apps/notification/src/channels/notify.channel.js';

/** Sends a text, and freezes itself when it has asked for a connection and said nothing on it yet. */
const [url, apiKey, id] = process.argv.slice(2) as [string, string, string];
const connect = Socket.prototype.connect as (this: Socket, ...to: unknown[]) => Socket;
Socket.prototype.connect = function (this: Socket, ...to: unknown[]): Socket {
  connect.apply(this, to);
  process.nextTick(() => {
    process.stdout.write('frozen\n');
    process.kill(process.pid, 'SIGSTOP');
  });
  return this;
};
const channel = new NotifyChannel(
  { url, apiKey, textTemplate: id, letterTemplate: id, answerWithin: 1_000 },
  'sms',
  new Circuit('sms'),
);
const text: Outgoing = {
  ...{ id, to: { phone: '+447700900205' }, again: false },
  worded: { language: 'en', subject: '', paragraphs: [], link: '', text: 'Muster: thank you', template: 'M2' },
};
process.stdout.write(JSON.stringify(await channel.send(text, () => Promise.resolve())));
