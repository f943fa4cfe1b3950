import { expect, test } from '@jest/globals';
import { idAt, messageIdOf, mintedAt, uuidv7 } from './uuid.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([78])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids of one process rise strictly and never repeat', () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7());
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  expect(ids.every((id) => UUID.exec(id)?.[1] === '7')).toBe(true);
});

test('an id tells when it was minted', () => {
  const before = Date.now();
  const at = mintedAt(uuidv7())!.getTime();
  expect(at).toBeGreaterThanOrEqual(before - 50);
  expect(at).toBeLessThanOrEqual(Date.now() + 50);
  expect(mintedAt(messageIdOf('a', 'b'))).toBeNull();
});

test('the smallest id of a moment divides earlier from later ones', () => {
  const border = idAt(new Date());
  expect(uuidv7() > border).toBe(true);
  expect(uuidv7() < idAt(new Date(Date.now() + 60_000))).toBe(true);
});

test('one cause and purpose give one id, another purpose another', () => {
  const cause = uuidv7();
  expect(messageIdOf(cause, 'M1')).toBe(messageIdOf(cause, 'M1'));
  expect(messageIdOf(cause, 'M1')).not.toBe(messageIdOf(cause, 'M2'));
  expect(messageIdOf(cause, 'M1')).toMatch(UUID);
});
