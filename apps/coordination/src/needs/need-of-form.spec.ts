import { expect, test } from '@jest/globals';
import { needFromForm } from './need-of-form.js';

test('a day and two London times become instants, in winter and in summer', () => {
  expect(needFromForm({ role: 'x', day: '2026-11-27', startTime: '09:30', endTime: '13.00' })).toEqual({
    role: 'x',
    startsAt: '2026-11-27T09:30:00.000Z',
    endsAt: '2026-11-27T13:00:00.000Z',
  });
  expect(needFromForm({ day: '2027-07-01', startTime: '9:00', endTime: '1200' })).toMatchObject({
    startsAt: '2027-07-01T08:00:00.000Z',
  });
});
test('a shift that ends before it starts ends on the next day', () => {
  expect(needFromForm({ day: '2026-12-31', startTime: '22:00', endTime: '02:00' })).toMatchObject({
    endsAt: '2027-01-01T02:00:00.000Z',
  });
});
test('what is no date or time stays as typed, for the schema to refuse', () => {
  expect(needFromForm({ day: '2026-02-30', startTime: '09:00', endTime: '25:00' })).toEqual({
    startsAt: '09:00',
    endsAt: '25:00',
  });
  expect(needFromForm({})).toEqual({ startsAt: undefined, endsAt: undefined });
});
