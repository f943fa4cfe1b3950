import { APPS, type AppName } from '../apps.js';
import type { Profile } from './home.js';
import { StackProblem } from './problem.js';

export interface Arguments {
  words: string[];
  brokers?: number;
  profile?: Profile;
  instances: Partial<Record<AppName, number>>;
  yes: boolean;
  help: boolean;
}

/** `--name value` and `--name=value` alike; what is not known is said, not passed over. */
export const readArguments = (given: string[]): Arguments => {
  const out: Arguments = { words: [], instances: {}, yes: false, help: false };
  const rest = given.flatMap((it) =>
    /^--[a-z]+=/.test(it) ? [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)] : [it],
  );
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === '--yes' || word === '-y') out.yes = true;
    else if (word === '--help' || word === '-h') out.help = true;
    else if (word === '--brokers') out.brokers = oneOf(word, rest.shift(), ['1', '3'], Number);
    else if (word === '--profile') out.profile = oneOf(word, rest.shift(), ['demo', 'empty'], (it) => it as Profile);
    else if (word === '--instances') {
      for (const pair of (rest.shift() ?? '').split(',')) {
        const [app, count] = pair.split('=');
        if (!(APPS as string[]).includes(app!) || !/^[1-9]$/.test(count ?? '')) {
          throw new StackProblem(
            `--instances wants APP=N with N from 1 to 9, for example --instances intake=2; "${pair}" is not that.`,
          );
        }
        out.instances[app as AppName] = Number(count);
      }
    } else if (word.startsWith('--')) throw new StackProblem(`There is no flag ${word}; "--help" lists them.`);
    else out.words.push(word);
  }
  return out;
};

const oneOf = <T>(flag: string, value: string | undefined, allowed: string[], as: (value: string) => T): T => {
  if (value === undefined || !allowed.includes(value))
    throw new StackProblem(`${flag} wants one of: ${allowed.join(', ')}.`);
  return as(value);
};
