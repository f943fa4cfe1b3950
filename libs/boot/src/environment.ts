import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { productionFaults } from './production.decider.js';

/** Configuration that cannot be used; the message lists everything at once and shows no secret. */
export class ConfigurationInvalid extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((one) => `  - ${one}`).join('\n')}`,
    );
    this.name = 'ConfigurationInvalid';
    this.stack = `${this.name}: ${this.message}`;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

const TELLING = /SECRET|PASSWORD|TOKEN|KEY|USER|URL|BROKERS/;

/**
 * Reads every fragment once. An empty value counts as absent.
 * @throws ConfigurationInvalid naming each wrong variable
 */
export function readEnvironment<T>(environment: Environment, fragments: readonly z.ZodObject[]): T {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const problems = new Set<string>();
  const read: Record<string, unknown> = {};
  for (const fragment of fragments) {
    const result = fragment.safeParse(given);
    if (result.success) Object.assign(read, result.data);
    else for (const issue of result.error.issues) problems.add(described(issue, given));
  }
  for (const fault of productionFaults(given, madeForLocal(given))) problems.add(fault);
  if (problems.size > 0) throw new ConfigurationInvalid([...problems].sort());
  return read as T;
}

function described(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = String(issue.path[0] ?? '');
  if (!(name in given)) return `${name} is missing`;
  const text = String(given[name]);
  const value = TELLING.test(name) || /[@:]/.test(text) ? '…' : `"${text.slice(0, 60)}"`;
  return `${name} is ${value}: ${issue.message}`;
}

/** The local stack marks the secrets it makes. */
const madeForLocal = (given: Record<string, unknown>): boolean =>
  typeof given['SECRETS_DIR'] === 'string' && existsSync(join(given['SECRETS_DIR'], 'made-for-local'));
