import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@app/contracts';
import { Log, Metrics } from '@app/telemetry';
import { eventually, testDatabase, type TestDatabase } from '@app/testing';
import type { Envelope } from '../event-log.js';
import { NeedStaffed, staffed } from '../examples.fixture.js';
import { MemoryEventLog } from '../memory-event-log.js';
import { uuidv7 } from '../uuid.js';
import { Relay } from './relay.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'matching' });
});
afterAll(() => db.close());

class Counting extends MemoryEventLog {
  readonly sends: number[] = [];
  override send(envelopes: readonly Envelope[]) {
    this.sends.push(performance.now());
    return super.send(envelopes);
  }
}

test('while people wait at the door the relay sends once a second; then at once again', async () => {
  const eventLog = new Counting();
  await eventLog.createTopics(TOPICS);
  let full = true;
  db.transactions.giveWayTo(() => full);
  const relay = new Relay({
    transactions: db.transactions,
    eventLog,
    log: Log.silent(),
    metrics: new Metrics('matching'),
  });
  relay.start();
  try {
    const publish = () =>
      db.transactions.run(async (tx) => {
        tx.publish(NeedStaffed, [staffed(uuidv7(), 1)]);
      });
    await publish();
    await eventually('the first is sent', () => eventLog.sends.length === 1);
    await publish();
    await sleep(500);
    expect(eventLog.sends).toHaveLength(1);
    await eventually('the second is sent', () => eventLog.sends.length === 2);
    expect(eventLog.sends[1]! - eventLog.sends[0]!).toBeGreaterThan(950);
    await publish();
    full = false;
    const asked = performance.now();
    await eventually('the third is sent', () => eventLog.sends.length === 3);
    expect(eventLog.sends[2]! - asked).toBeLessThan(500);
  } finally {
    await relay.stop();
  }
}, 30_000);
