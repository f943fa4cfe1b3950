import { describe, expect, test } from '@jest/globals';
import type { AppOverview } from '@app/operator';
import { gather } from './gather.js';

const at = new Date('2026-11-22T10:00:00Z');
const said = (of: Partial<AppOverview>): AppOverview => ({
  app: 'intake',
  at,
  journal: { unsent: 0, oldestSeconds: 0 },
  consumers: [],
  lag: [],
  queues: [],
  letters: { retrying: 0, parked: 0, following: 0, replayed: 0, discarded: 0 },
  circuits: [],
  dependencies: { postgres: 'up', kafka: 'up' },
  vitals: [],
  levers: [],
  ...of,
});
const board = (...apps: Partial<AppOverview>[]) =>
  gather(
    apps.map((of, index) => ({ app: of.app ?? 'intake', url: `http://${index}`, answer: said(of) })),
    at,
  );

describe('the board', () => {
  test('is green when every part answers and nothing waits', () => {
    expect(board({})).toMatchObject({
      verdict: 'green',
      alerts: [],
      deadLetters: { open: 0 },
      intake: { mode: 'open' },
    });
  });

  test('adds up what processes know, and takes once what they share', () => {
    const one = {
      journal: { unsent: 5, oldestSeconds: 1 },
      lag: [{ group: 'intake', topic: 't', lag: 2, oldestSeconds: 3 }],
      vitals: [
        { code: 'accepted-per-second', value: 10, level: 'green' as const },
        { code: 'promises-open', value: 7, level: 'green' as const },
        { code: 'intake-mode', value: 'capped', level: 'green' as const },
      ],
    };
    expect(board(one, one)).toMatchObject({
      intake: { acceptedPerSecond: 20, mode: 'capped' },
      journals: [{ app: 'intake', unsent: 5 }],
      consumers: [{ group: 'intake', topic: 't', lag: 4, oldestSeconds: 3 }],
      promises: { open: 7 },
    });
  });

  test('says red for what is away, what is old, what has stopped and what was promised; amber for what can wait', () => {
    const codes = (...apps: Partial<AppOverview>[]) =>
      board(...apps).alerts.map(({ code, level }) => `${code} ${level}`);
    expect(codes({ dependencies: { redis: 'down' } })).toEqual(['dependency-down red']);
    expect(codes({ journal: { unsent: 1, oldestSeconds: 61 } })).toEqual(['journal-unsent red']);
    expect(codes({ journal: { unsent: 1, oldestSeconds: 11 } })).toEqual(['journal-unsent amber']);
    expect(codes({ lag: [{ group: 'g', topic: 't', lag: 1, oldestSeconds: 121 }] })).toEqual(['consumer-lag red']);
    expect(codes({ lag: [{ group: 'g', topic: 't', lag: 0, oldestSeconds: 999 }] })).toEqual([]);
    const queue = { name: 'q', waiting: 1, active: 0, delayed: 0, failed: 0, oldestSeconds: 901, redis: 'up' as const };
    expect(codes({ queues: [queue] })).toEqual(['queue-oldest red']);
    expect(codes({ letters: { retrying: 0, parked: 1, following: 2, replayed: 9, discarded: 9 } })).toEqual([
      'dead-letters amber',
    ]);
    expect(codes({ letters: { retrying: 0, parked: 100, following: 0, replayed: 0, discarded: 0 } })).toEqual([
      'dead-letters red',
    ]);
    expect(codes({ circuits: [{ name: 'dbs', state: 'open', forced: true }] })).toEqual(['provider-circuit amber']);
    expect(codes({ vitals: [{ code: 'promises-overdue', value: 1, level: 'red' }] })).toEqual(['promise-overdue red']);
    const stopped = {
      consumer: 'intake.x',
      kind: 'handler' as const,
      group: 'intake',
      topic: 't',
      types: [],
      stopped: true,
      catchingUp: false,
    };
    expect(codes({ consumers: [stopped] })).toEqual(['consumer-stopped red']);
    expect(codes({ vitals: [{ code: 'rooms-full', value: true, level: 'amber' }] })).toEqual(['vital amber']);
  });

  test('the worst comes first and gives the verdict; the worst state of a provider counts', () => {
    const { verdict, alerts, providers } = board(
      {
        circuits: [{ name: 'dbs', state: 'closed', forced: false }],
        letters: { retrying: 1, parked: 0, following: 0, replayed: 0, discarded: 0 },
      },
      {
        app: 'vetting',
        circuits: [{ name: 'dbs', state: 'open', forced: false }],
        journal: { unsent: 3, oldestSeconds: 99 },
      },
    );
    expect([verdict, alerts.map(({ level }) => level)]).toEqual(['red', ['red', 'amber', 'amber']]);
    expect(providers).toEqual([{ app: 'vetting', name: 'dbs', circuit: 'open', forced: false }]);
  });

  test('an app is away only when none of its instances answers', () => {
    const instance = (answer: AppOverview | null) => ({ app: 'intake', url: 'x', answer });
    expect(gather([instance(null), instance(said({}))], at).verdict).toBe('green');
    expect(gather([instance(null), instance(null)], at).alerts).toEqual([
      { code: 'dependency-down', level: 'red', subject: 'intake', value: 'down', runbook: 'dependency-down' },
    ]);
  });
});
