import { KafkaEventLog } from './kafka-event-log.js';
import { Log } from '@app/telemetry';

/** A consumer in a process of its own, to be killed: says `<key>` for each message. */
const { brokers, username, password, group, topic } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const eventLog = new KafkaEventLog({
  clientId: 'intake',
  brokers: (brokers ?? '').split(','),
  username: username ?? '',
  password: password ?? '',
  log: Log.silent(),
});
const consumption = await eventLog.subscribe({
  group: group ?? '',
  topics: [topic ?? ''],
  deliver: (partitions) => {
    for (const { key } of partitions.flat()) process.stdout.write(`${key}\n`);
    return Promise.resolve();
  },
  epochs: { read: () => Promise.resolve([]), remember: () => Promise.resolve() },
});
process.on('SIGTERM', () => void eventLog.close().then(() => process.exit(0)));
const timer = setInterval(() => {
  if (!consumption.serving) return;
  clearInterval(timer);
  process.stdout.write('serving\n');
}, 20);
