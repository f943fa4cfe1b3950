import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the directory knows this app by; read once, from a file that nobody else may read. */
export class ClientSecret {
  private constructor(readonly value: string) {}

  static from(folder: string): ClientSecret {
    const path = join(folder, 'oidc-client-secret');
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw new Error(`the secret oidc-client-secret has mode ${mode.toString(8)}; it must be 600`);
    return new ClientSecret(readFileSync(path, 'utf8').trim());
  }
}
