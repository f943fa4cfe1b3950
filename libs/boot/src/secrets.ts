import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hkdfSync } from 'node:crypto';
import type { JWK } from 'jose';

/** The folder of an app's secrets: one file each, mode 0600; nothing secret stands in the environment or an argument. */
export class Secrets {
  constructor(readonly folder: string) {}

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** @throws when the file is missing, or others may read it. */
  text(name: string): string {
    const path = join(this.folder, name);
    if (!existsSync(path)) throw new Error(`the secret ${name} is missing in SECRETS_DIR`);
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) throw new Error(`the secret ${name} has mode ${mode.toString(8)}; it must be 600`);
    const text = readFileSync(path, 'utf8').trim();
    if (text === '') throw new Error(`the secret ${name} is empty`);
    return text;
  }

  /** A key in JSON; its content never reaches a message. */
  jwk(name: string): JWK {
    const key = jsonOrNull(this.text(name));
    if (typeof key !== 'object' || key === null) throw new Error(`the secret ${name} is not a JSON key`);
    return key;
  }

  /** The key of the idempotency hashes; only the local stack may go without a file of its own. */
  idempotencyKey(local: boolean): Buffer {
    if (this.has('idempotency-key') || !local) return Buffer.from(this.text('idempotency-key'), 'base64');
    return Buffer.from(hkdfSync('sha256', this.text('database-url'), '', 'muster idempotency', 32));
  }
}

/** What JSON.parse says of a fault quotes the text, which is a secret here. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
