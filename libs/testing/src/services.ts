import { readFileSync } from 'node:fs';

/** The real servers that test/services.ts started, or was told of. */
export interface TestServices {
  readonly postgres: { readonly url: string };
  readonly redis: { readonly url: string; readonly users: Readonly<Record<string, string>> };
  readonly kafka: { readonly brokers: readonly string[]; readonly users: Readonly<Record<string, string>> };
}

export const testServices = (): TestServices => {
  const file = process.env.MUSTER_TEST_SERVICES;
  if (!file) throw new Error('no servers: specs that need them are called *.db.spec.ts');
  return JSON.parse(readFileSync(file, 'utf8')) as TestServices;
};
