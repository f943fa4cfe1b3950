import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  StopTopics,
  uuidv7,
  type Arrived,
  type Consumption,
  type Envelope,
  type EventLog,
  type PartitionEpoch,
} from '@app/messaging';
import { eventually } from '@app/testing';

export interface LogUnderTest {
  readonly eventLog: EventLog;
  /** The topic is lost and made anew, while the group keeps its offsets. */
  recreate(topic: string, group: string): Promise<void>;
  close(): Promise<void>;
}

interface Reader {
  readonly arrived: Arrived[];
  /** Partitions of each delivery. */
  readonly rounds: number[];
  readonly remembered: PartitionEpoch[];
  /** Fails after it has remembered a new building of a partition. */
  dies: boolean;
  readonly consumption: Consumption;
  fail: (partitions: readonly (readonly Arrived[])[]) => Error | false | undefined;
}

/** What every event log must do, whatever it is made of. */
export const eventLogSuite = (name: string, make: () => Promise<LogUnderTest>): void => {
  describe(`${name} as an event log`, () => {
    let it: LogUnderTest;
    let topic: string;
    let other: string;
    let group: string;
    const readers: Reader[] = [];

    beforeAll(async () => {
      it = await make();
    });
    afterAll(() => it.close());
    beforeEach(async () => {
      await Promise.all(readers.splice(0).map(({ consumption }) => consumption.stop()));
      const run = uuidv7().slice(-12);
      [topic, other, group] = [`intake.first-${run}`, `intake.second-${run}`, `intake-${run}`];
      await it.eventLog.createTopics([topic, other].map((name) => ({ name, partitions: 12 })));
    });
    afterAll(() => Promise.all(readers.splice(0).map(({ consumption }) => consumption.stop())));

    const envelope = (key: string, sequence: number, more: Partial<Envelope> = {}): Envelope => ({
      id: uuidv7(),
      type: 'intake.thing-happened.v1',
      topic,
      key,
      data: JSON.stringify({ key, sequence }),
      sequence,
      at: new Date('2026-11-22T10:00:00.000Z'),
      correlationId: uuidv7(),
      causationId: null,
      traceparent: null,
      forumId: uuidv7(),
      epoch: 0,
      ...more,
    });
    const many = (n: number, keys = 30, more: Partial<Envelope> = {}): Envelope[] => {
      const names = Array.from({ length: keys }, () => uuidv7());
      return Array.from({ length: n }, (_, at) =>
        envelope(names[at % keys] as string, Math.floor(at / keys) + 1, more),
      );
    };
    const read = async (topics: readonly string[], ofGroup = group, epochs: PartitionEpoch[] = []): Promise<Reader> => {
      const arrived: Arrived[] = [];
      const rounds: number[] = [];
      const reader: Reader = {
        arrived,
        rounds,
        remembered: epochs,
        dies: false,
        fail: () => undefined,
        consumption: await it.eventLog.subscribe({
          group: ofGroup,
          topics,
          deliver: async (partitions) => {
            const error = reader.fail(partitions);
            if (error) throw error;
            rounds.push(partitions.length);
            arrived.push(...partitions.flat());
          },
          epochs: {
            read: () => Promise.resolve([...epochs]),
            remember: async (grown) => {
              epochs.push(...grown);
              if (reader.dies) throw new Error('planted');
            },
          },
        }),
      };
      readers.push(reader);
      return reader;
    };
    const idsOf = (all: readonly Arrived[]) => all.map(({ headers }) => headers.ce_id);
    const inOrder = (all: readonly Arrived[]): boolean => {
      const last = new Map<string, number>();
      return all.every(({ key, headers }) => {
        const before = last.get(key) ?? 0;
        last.set(key, Number(headers.ce_sequence));
        return Number(headers.ce_sequence) === before + 1;
      });
    };

    test('what is sent arrives once, in order of its key, with everything it said', async () => {
      const sent = many(300, 30, { causationId: uuidv7(), traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
      await it.eventLog.send(sent);
      const { arrived } = await read([topic]);
      await eventually('all arrived', () => arrived.length >= 300);
      await sleep(100);
      expect(arrived).toHaveLength(300);
      expect(new Set(idsOf(arrived))).toEqual(new Set(sent.map(({ id }) => id)));
      expect(inOrder(arrived)).toBe(true);
      const [first] = sent as [Envelope];
      const came = arrived.find(({ headers }) => headers.ce_id === first.id) as Arrived;
      expect(came.value?.toString()).toBe(first.data);
      expect(came.key).toBe(first.key);
      expect(came.headers).toMatchObject({
        ce_specversion: '1.0',
        ce_type: first.type,
        ce_source: '/intake',
        ce_sequence: '1',
        ce_time: '2026-11-22T10:00:00.000Z',
        ce_correlationid: first.correlationId,
        ce_causationid: first.causationId,
        ce_traceparent: first.traceparent,
        ce_forumid: first.forumId,
        'content-type': 'application/json',
      });
    });

    test('optional attributes that an event lacks are not there', async () => {
      await it.eventLog.send([envelope(uuidv7(), 1)]);
      const { arrived } = await read([topic]);
      await eventually('it arrived', () => arrived.length === 1);
      expect(arrived[0]?.headers).not.toHaveProperty('ce_causationid');
      expect(arrived[0]?.headers).not.toHaveProperty('ce_traceparent');
    });

    test('the acknowledgement names the last place of every partition it wrote', async () => {
      await it.eventLog.send(many(40));
      const acknowledged = await it.eventLog.send(many(100));
      const { ends } = await it.eventLog.positions([topic]);
      for (const { partition, offset } of acknowledged)
        expect(BigInt(ends[topic]?.[partition] ?? '0')).toBe(BigInt(offset) + 1n);
      expect(acknowledged.length).toBeGreaterThan(3);
    });

    test('partitions of one fetch come in one delivery', async () => {
      await it.eventLog.send(many(240));
      const { arrived, rounds } = await read([topic]);
      await eventually('all arrived', () => arrived.length === 240);
      expect(Math.max(...rounds)).toBeGreaterThan(6);
    });

    test('each group gets everything', async () => {
      await it.eventLog.send(many(20));
      const [one, two] = [await read([topic]), await read([topic], `${group}-two`)];
      await eventually('both have all', () => one.arrived.length === 20 && two.arrived.length === 20);
    });

    test('a delivery that fails gets the same messages again, and order holds', async () => {
      const reader = await read([topic]);
      let failures = 0;
      reader.fail = () => failures++ < 2 && Object.assign(new Error('planted'), { code: '40P01' });
      await it.eventLog.send(many(60));
      await eventually('all arrived', () => reader.arrived.length >= 60);
      expect(failures).toBeGreaterThan(2);
      expect(new Set(idsOf(reader.arrived)).size).toBe(60);
      expect(inOrder(reader.arrived)).toBe(true);
    });

    test('a topic that is stopped waits, others go on; resumed, it goes on where it was', async () => {
      const reader = await read([topic, other]);
      reader.fail = (partitions) =>
        partitions.some((batch) => batch[0]?.topic === topic) && new StopTopics([topic], 'intake.planted');
      await it.eventLog.send([...many(24), ...many(24, 12, { topic: other })]);
      await eventually('the other topic arrived', async () => {
        await it.eventLog.send(many(1, 1, { topic: other }));
        await sleep(100);
        return reader.arrived.some((message) => message.topic === other);
      });
      expect(reader.arrived.filter((message) => message.topic === topic)).toEqual([]);
      expect((await reader.consumption.lag())[topic]?.messages).toBe(24);
      reader.fail = () => undefined;
      reader.consumption.resume([topic]);
      await eventually(
        'the stopped topic arrived',
        () => reader.arrived.filter((message) => message.topic === topic).length >= 24,
      );
      await eventually('nothing waits', async () => (await reader.consumption.lag())[topic]?.messages === 0);
    });

    test('after a stop the group goes on where it was', async () => {
      const one = await read([topic]);
      await it.eventLog.send(many(30));
      await eventually('all arrived', () => one.arrived.length === 30);
      await one.consumption.stop();
      await it.eventLog.send(many(10));
      const two = await read([topic]);
      await eventually('the rest arrived', () => two.arrived.length >= 10);
      await sleep(200);
      expect(two.arrived).toHaveLength(10);
    });

    test('what one member leaves, the other takes over', async () => {
      const one = await read([topic]);
      await eventually('one serves', () => one.consumption.serving);
      const two = await read([topic]);
      await eventually('two serves', () => two.consumption.serving);
      await it.eventLog.send(many(120));
      await eventually('all arrived', () => new Set(idsOf([...one.arrived, ...two.arrived])).size === 120);
      await one.consumption.stop();
      const later = many(120);
      await it.eventLog.send(later);
      await eventually('the rest arrived', () => later.every(({ id }) => idsOf(two.arrived).includes(id)));
    });

    test('a topic that does not exist refuses', async () => {
      await expect(it.eventLog.send([envelope('a', 1, { topic: 'intake.never-made' })])).rejects.toThrow();
      const { ends } = await it.eventLog.positions([topic, 'intake.never-made']);
      expect(ends['intake.never-made']).toBeUndefined();
      await it.eventLog.send([envelope('a', 1)]);
    });

    test('its id stays the same, and making topics twice changes nothing', async () => {
      const before = await it.eventLog.positions([topic]);
      await it.eventLog.createTopics([{ name: topic, partitions: 12 }]);
      expect(await it.eventLog.positions([topic])).toEqual(before);
      expect(before.logId).toBeTruthy();
      expect(Object.keys(before.ends[topic] ?? {})).toHaveLength(12);
    });

    test('a topic that was lost and built anew is read from its beginning, although the group knew later offsets', async () => {
      const one = await read([topic]);
      await it.eventLog.send(many(48));
      await eventually('all arrived', () => one.arrived.length === 48);
      await one.consumption.stop();
      await it.recreate(topic, group);
      const again = many(96, 30, { epoch: 1 });
      await it.eventLog.send(again);
      const two = await read([topic], group, one.remembered);
      await eventually(
        'everything of the new one arrived',
        () => again.every(({ id }) => idsOf(two.arrived).includes(id)),
        20_000,
      );
      expect(one.remembered.length).toBeGreaterThan(0);
    });

    test('a topic that was built anew to exactly the offsets that the group knew is read from its beginning too', async () => {
      const one = await read([topic]);
      const sent = many(48);
      await it.eventLog.send(sent);
      await eventually('all arrived', () => one.arrived.length === 48);
      await one.consumption.stop();
      await it.recreate(topic, group);
      const again = sent.map((event) => ({ ...event, id: uuidv7(), epoch: 1 }));
      await it.eventLog.send(again);
      const two = await read([topic], group, one.remembered);
      two.dies = true;
      await eventually('the new building was noticed', () => two.remembered.length > 0, 20_000);
      await two.consumption.stop();
      expect(two.arrived).toEqual([]);
      const three = await read([topic], group, two.remembered);
      await eventually('everything of the new one arrived', () => three.arrived.length >= 48, 20_000);
      expect(new Set(idsOf(three.arrived))).toEqual(new Set(again.map(({ id }) => id)));
      expect(inOrder(three.arrived)).toBe(true);
      await eventually('nothing waits', async () => (await three.consumption.lag())[topic]?.messages === 0);
      await three.consumption.stop();
      const four = await read([topic], group, three.remembered);
      await eventually('four serves', () => four.consumption.serving);
      await eventually('nothing waits after a stop', async () => (await four.consumption.lag())[topic]?.messages === 0);
      expect(four.arrived).toEqual([]);
    });

    test('a topic that was built anew with one message less than the group knew is read from its beginning too', async () => {
      const one = await read([topic]);
      const sent = many(5, 1);
      await it.eventLog.send(sent);
      await eventually('all arrived', () => one.arrived.length === 5);
      await one.consumption.stop();
      await it.recreate(topic, group);
      await it.eventLog.send(sent.slice(0, 4).map((event) => ({ ...event, id: uuidv7(), epoch: 1 })));
      const two = await read([topic], group, one.remembered);
      await eventually('everything of the new one arrived', () => two.arrived.length === 4, 20_000);
    });

    test('a replay reads from the beginning to where the log ends now, and from there on later', async () => {
      await it.eventLog.send(many(50));
      const first: Arrived[] = [];
      const reached = await it.eventLog.replay([topic], async (partitions) => void first.push(...partitions.flat()));
      expect(first).toHaveLength(50);
      expect(inOrder(first)).toBe(true);
      const later = many(7, 7);
      await it.eventLog.send(later);
      const rest: Arrived[] = [];
      await it.eventLog.replay([topic], async (partitions) => void rest.push(...partitions.flat()), reached);
      expect(new Set(idsOf(rest))).toEqual(new Set(later.map(({ id }) => id)));
      const none: Arrived[] = [];
      await it.eventLog.replay([other], async (partitions) => void none.push(...partitions.flat()));
      expect(none).toEqual([]);
    });
  });
};
