import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { EVENTS, eventOfType, payloadOf } from '@app/contracts';
import { arrivedFrom, received } from '@app/testing';
import { readArrived } from '@app/messaging';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface Recorded {
  type: string;
  examples: Record<string, unknown>[];
}

test('every event version has a recorded example', () => {
  expect(EVENTS.map(({ type }) => `${type}.json`).filter((name) => !files.includes(name))).toEqual([]);
});

describe.each(files)('%s', (name) => {
  const { type, examples } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recorded;

  test('is still known, and still parses', () => {
    expect(name).toBe(`${type}.json`);
    const event = eventOfType(type);
    expect(event).toBeDefined();
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(event!.loose.parse(example)).toEqual(example);
      expect(event!.key(example as never)).toBeTruthy();
    }
  });

  test('a field that a later producer adds lets it pass', () => {
    const event = eventOfType(type)!;
    const example = { ...examples[0]!, addedLater: { by: 'a newer build' } };
    const sent = arrivedFrom(received(event, examples[0] as never), 0, 1);
    const read = readArrived({ ...sent, value: Buffer.from(JSON.stringify(example)) });
    expect(read.is).toBe('event');
  });

  test('a field that nobody declared cannot be published', () => {
    const event = eventOfType(type)!;
    expect(event.data.safeParse({ ...examples[0]!, note: 'Ann, 12 Mill Lane' }).success).toBe(false);
  });

  test('its JSON Schema requires what the contract requires', () => {
    const schema = payloadOf(eventOfType(type)!) as { required: string[]; properties: object };
    const least = examples.at(-1)!;
    expect(schema.required.filter((field) => !(field in least))).toEqual([]);
    expect(Object.keys(least).filter((field) => !(field in schema.properties))).toEqual([]);
  });
});
