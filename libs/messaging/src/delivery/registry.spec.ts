import { expect, test } from '@jest/globals';
import { ApplicationCleared, ApplicationPaused, ApplicationResumed, defineEvent } from '@app/contracts';
import { z } from 'zod';
import { Handles, Projects } from './handles.js';
import { ConsumersRefused, Registry } from './registry.js';

const Stray = defineEvent({
  type: 'intake.stray-found.v1',
  topic: 'intake.application',
  key: () => 'x',
  says: 'Nobody listed it.',
  data: z.strictObject({ id: z.uuid() }),
});

const handler = (events: Parameters<typeof Handles>[0], name: string, more: object = {}): object => {
  @Handles(events, name, { from: 'beginning', ...more })
  class Handler {
    handle(): Promise<void> {
      return Promise.resolve();
    }
  }
  return new Handler();
};
const faultsOf = (instances: object[], subscribes: string[] = []): readonly string[] => {
  try {
    const { consumers } = new Registry('matching', instances, subscribes);
    return consumers.length === instances.length ? [] : ['a consumer is missing'];
  } catch (error) {
    return (error as ConsumersRefused).faults;
  }
};

test('takes the consumers among many instances and knows their topics and groups', () => {
  const registry = new Registry('matching', [
    new Date(),
    handler([ApplicationCleared], 'matching.admit'),
    handler([ApplicationPaused, ApplicationResumed], 'matching.rest', { group: 'matching-slow' }),
  ]);
  expect(registry.consumers.map(({ consumer, topic, group }) => [consumer, topic, group])).toEqual([
    ['matching.admit', 'vetting.application', 'matching'],
    ['matching.rest', 'intake.application', 'matching-slow'],
  ]);
  expect(registry.groups).toEqual(['matching', 'matching-slow']);
});

test('refuses two consumers of one name', () => {
  const twice = [handler([ApplicationCleared], 'matching.admit'), handler([ApplicationPaused], 'matching.admit')];
  expect(faultsOf(twice)).toEqual(['two consumers are called matching.admit']);
});

test('refuses an event that is in no contract, and one that is undefined', () => {
  expect(faultsOf([handler([Stray], 'matching.admit')])).toEqual([expect.stringContaining('intake.stray-found.v1')]);
  expect(faultsOf([handler([undefined as never], 'matching.admit')])).toEqual([
    expect.stringContaining('is not in the contracts'),
  ]);
});

test('refuses a topic that is subscribed to without a handler', () => {
  expect(
    faultsOf([handler([ApplicationCleared], 'matching.admit')], ['vetting.application', 'coordination.need']),
  ).toEqual(['coordination.need is subscribed to and has no handler']);
});

test('refuses whatever else would lose events, all at once', () => {
  @Projects([ApplicationPaused], 'matching.half', { from: 'beginning' })
  class Half {
    project(): void {}
  }
  const faults = faultsOf([
    handler([ApplicationCleared, ApplicationPaused], 'matching.two-topics'),
    handler([ApplicationCleared], 'intake.stolen'),
    handler([], 'matching.nothing'),
    handler([ApplicationCleared], 'matching.stray-group', { group: 'intake' }),
    new Half(),
  ]);
  expect(faults).toEqual([
    expect.stringContaining('several topics'),
    expect.stringContaining('intake.stolen is not named'),
    expect.stringContaining('takes no event'),
    expect.stringContaining('a group of matching'),
    'matching.half has no clear()',
  ]);
});
