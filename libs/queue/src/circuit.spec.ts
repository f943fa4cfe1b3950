import { describe, expect, test } from '@jest/globals';
import { Circuit, CircuitOpen } from './circuit.js';

const failing = (): Promise<never> => Promise.reject(new Error('no'));
const fine = (): Promise<string> => Promise.resolve('yes');

function circuit() {
  let now = 0;
  return { it: new Circuit('identity', () => now), wait: (ms: number) => (now += ms) };
}

const fail = async (of: Circuit, times: number) => {
  for (let time = 0; time < times; time++) await of.run(failing).catch(() => undefined);
};

describe('a circuit', () => {
  test('opens after three failures when nothing has worked, and then asks nobody', async () => {
    const { it } = circuit();
    await fail(it, 3);
    expect(it.state).toBe('open');
    let asked = 0;
    await expect(it.run(() => Promise.resolve(++asked))).rejects.toBeInstanceOf(CircuitOpen);
    expect(asked).toBe(0);
  });

  test('bears one failure in twenty', async () => {
    const { it, wait } = circuit();
    for (let call = 0; call < 2_000; call++) {
      wait(3);
      await it.run(call % 20 === 0 ? failing : fine).catch(() => undefined);
    }
    expect(it.state).toBe('closed');
  });

  test('tries again after a pause that grows up to five seconds, and closes with the first answer', async () => {
    const { it, wait } = circuit();
    await fail(it, 3);
    for (const pause of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      wait(pause - 1);
      expect(it.state).toBe('open');
      wait(1);
      expect(it.state).toBe('half-open');
      await fail(it, 1);
      expect(it.state).toBe('open');
    }
    wait(5_000);
    expect(await it.run(fine)).toBe('yes');
    expect(it.state).toBe('closed');
  });

  test('lets only three try while half open', async () => {
    const { it, wait } = circuit();
    await fail(it, 3);
    wait(1_000);
    const hanging = [0, 1, 2].map(() => it.run(() => new Promise<void>(() => undefined)));
    await expect(it.run(fine)).rejects.toBeInstanceOf(CircuitOpen);
    expect(hanging).toHaveLength(3);
  });

  test('does what an operator wants until told otherwise', async () => {
    const { it } = circuit();
    it.force('open');
    await expect(it.run(fine)).rejects.toBeInstanceOf(CircuitOpen);
    it.force('closed');
    await fail(it, 50);
    expect(it.state).toBe('closed');
    it.force(null);
    await fail(it, 3);
    expect(it.state).toBe('open');
  });
});
