import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { COMPARTMENTS, DataKeys, type Slotted, type Subject } from './data-keys.js';
import { Keyring } from './keyring.repository.js';
import { mintRootKey, readRootKeys } from './root-keys.js';
import { SealBroken } from './seal.js';

const bytesOf = (sealed: string): Buffer => Buffer.from(sealed.slice(3), 'base64url');
const folder = mkdtempSync(join(tmpdir(), 'keys-'));
for (const compartment of COMPARTMENTS) {
  writeFileSync(join(folder, `${compartment}.json`), mintRootKey(), { mode: 0o600 });
}
const keyring = Keyring.fromFolder(folder, COMPARTMENTS);
const forumId = randomUUID();
const subject = (compartment: Subject['compartment'] = 'contact', personId = randomUUID()): Subject => ({
  forumId,
  personId,
  compartment,
});
const at = (of: Subject, more: Partial<Slotted> = {}): Slotted => ({
  subject: of,
  place: 'application.contact',
  version: 1,
  ...more,
});

describe('a seal', () => {
  const ann = subject();
  const bob = subject();
  const keys = keyring.forge([ann, bob, { ...ann, compartment: 'checks' }]);

  test('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1 }), fc.string(), (value, version, place) => {
        const where = at(ann, { version, place });
        const opened = keyring.open(keys, where, keyring.seal(keys, where, value));
        expect(JSON.stringify(opened)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('is a text that contracts accept, whose length says little', () => {
    const lengths = ['', 'Jo', 'x'.repeat(200)].map((name) => keyring.seal(keys, at(ann), { name }).length);
    expect(new Set(lengths).size).toBe(1);
    expect(keyring.seal(keys, at(ann), {})).toMatch(/^s1\.[A-Za-z0-9_-]{32,60000}$/);
  });

  test('that does not open is counted, and one that does is not', () => {
    const own = Keyring.fromFolder(folder, ['contact']);
    const sealed = own.seal(keys, at(ann), 'value');
    expect([own.open(keys, at(ann), sealed), own.broken]).toEqual(['value', 0]);
    for (const elsewhere of [at(bob), at(ann, { version: 2 })])
      expect(() => own.open(keys, elsewhere, sealed)).toThrow(SealBroken);
    expect(own.broken).toBe(2);
  });

  test('never looks the same twice', () => {
    expect(keyring.seal(keys, at(ann), 'a')).not.toBe(keyring.seal(keys, at(ann), 'a'));
  });

  test.each([
    ['another person', at(bob)],
    ['another compartment', at({ ...ann, compartment: 'checks' })],
    ['another column', at(ann, { place: 'application.support' })],
    ['an older version of the row', at(ann, { version: 2 })],
    ['another forum', at({ ...ann, forumId: randomUUID() })],
  ])('does not open when moved to %s', (_, elsewhere) => {
    expect(() => keyring.open(keys, elsewhere, keyring.seal(keys, at(ann), 'value'))).toThrow(SealBroken);
  });

  test('does not open after any byte was altered, and the error tells nothing', () => {
    const sealed = keyring.seal(keys, at(ann), 'a very private thing');
    fc.assert(
      fc.property(fc.integer({ min: 3, max: sealed.length - 1 }), (index) => {
        const other = sealed[index] === 'A' ? 'B' : 'A';
        const altered = sealed.slice(0, index) + other + sealed.slice(index + 1);
        // The last letter has bits to spare: not every other one stands for another byte.
        fc.pre(!bytesOf(altered).equals(bytesOf(sealed)));
        expect(() => keyring.open(keys, at(ann), altered)).toThrow(
          'what stands at application.contact was not sealed there',
        );
      }),
    );
    for (const nonsense of ['', 's1.', 's2.AAAA', `s1.${'A'.repeat(40)}`]) {
      expect(() => keyring.open(keys, at(ann), nonsense)).toThrow(SealBroken);
    }
  });

  test('does not open without the key', () => {
    expect(() => keyring.open(new DataKeys(), at(ann), keyring.seal(keys, at(ann), 1))).toThrow(SealBroken);
  });
});

describe('an app', () => {
  test('seals and opens only in the compartments whose root keys it holds', () => {
    const narrow = Keyring.fromFolder(folder, ['contact']);
    expect(() => narrow.forge([subject('checks')])).toThrow('does not hold the compartment checks');
    expect(narrow.compartments).toEqual(['contact']);
  });

  test('does not start with a key file that others may read', () => {
    const open = mkdtempSync(join(tmpdir(), 'keys-'));
    writeFileSync(join(open, 'contact.json'), mintRootKey());
    chmodSync(join(open, 'contact.json'), 0o640);
    expect(() => readRootKeys(open, ['contact'])).toThrow('mode 640');
  });

  test('does not start with a short key, or a current key that is not there', () => {
    const broken = mkdtempSync(join(tmpdir(), 'keys-'));
    const write = (text: string): void => writeFileSync(join(broken, 'contact.json'), text, { mode: 0o600 });
    write('{"keys":{"k1":"AAAA"},"current":"k1"}');
    expect(() => readRootKeys(broken, ['contact'])).toThrow('32 bytes');
    write(mintRootKey('k1').replace('"current":"k1"', '"current":"k2"'));
    expect(() => readRootKeys(broken, ['contact'])).toThrow('no key k2');
  });
});

test('forging, wrapping, sealing and opening cost less than twice the four bare ciphers they need', () => {
  const people = Array.from({ length: 400 }, () => subject());
  const micros = (work: () => void): number => {
    const start = performance.now();
    work();
    return ((performance.now() - start) * 1000) / people.length;
  };
  const ours = (): void => {
    const keys = keyring.forge(people);
    for (const of of people)
      keyring.open(keys, at(of), keyring.seal(keys, at(of), { givenName: 'Ann', email: 'ann@example.org' }));
  };
  const bare = (): void => {
    for (let index = 0; index < people.length * 4; index += 1) {
      const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12), { authTagLength: 16 });
      Buffer.concat([cipher.update(Buffer.alloc(256)), cipher.final(), cipher.getAuthTag()]);
    }
  };
  const rounds = [1, 2, 3, 4, 5].map(() => micros(ours) / micros(bare));
  expect(Math.min(...rounds)).toBeLessThan(2);
});
