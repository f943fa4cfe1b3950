import { describe, expect, test } from '@jest/globals';
import { FixedClock } from '@app/calendar';
import { ApplicationCleared, NeedStaffed } from '@app/contracts';
import { failureOf } from '@app/database';
import { received } from '@app/testing';
import { ACTIVATION, ApplicationResumed, FORUM, staffed } from '../examples.fixture.js';
import { uuidv7 } from '../uuid.js';
import { Publication } from './publication.js';

const clock = new FixedClock(new Date('2026-11-22T10:00:00Z'));
const publication = () => new Publication('matching', clock);
const rowsOf = (of: Publication) => (of as unknown as { rows: Record<string, unknown>[] }).rows;

describe('a fact that is published', () => {
  test('carries its forum, key, version and time', () => {
    const need = uuidv7();
    const said = publication();
    said.add(NeedStaffed, [staffed(need, 3)]);
    expect(rowsOf(said)).toEqual([
      expect.objectContaining({
        type: NeedStaffed.type,
        topic: 'matching.need',
        key: need,
        sequence: 3,
        forum_id: FORUM,
        at: clock.now(),
      }),
    ]);
    expect(rowsOf(said)[0]!.correlation_id).toBe(rowsOf(said)[0]!.id);
  });

  test('belongs to the chain of the one that caused it', () => {
    const cause = received(ApplicationResumed, {
      applicationId: uuidv7(),
      activationId: ACTIVATION,
      forumId: FORUM,
      at: '2026-11-22T10:00:00.000Z',
    });
    const said = publication();
    said.add(NeedStaffed, [{ ...staffed(uuidv7(), 1), causedBy: cause }]);
    expect(rowsOf(said)[0]).toMatchObject({ correlation_id: cause.correlationId, causation_id: cause.id });
  });

  test('of another context is refused', () => {
    expect(() => publication().add(ApplicationCleared, [])).toThrow(
      'matching cannot publish vetting.application-cleared.v1',
    );
  });

  test('with a field that nobody declared is refused, and its value is not told (S16)', () => {
    const fact = staffed(uuidv7(), 1);
    const planted = { ...fact, data: { ...fact.data, note: 'Ann, 12 Mill Lane' } };
    expect.assertions(3);
    try {
      publication().add(NeedStaffed, [planted as never]);
    } catch (error) {
      expect(String(error)).toContain('unrecognized_keys');
      expect(String(error)).not.toContain('Mill Lane');
      expect(failureOf(error)).toBe('data');
    }
  });
});
