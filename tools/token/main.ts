import { parseArgs } from 'node:util';
import { run, runningStack } from '../stack-file.js';
import { tokenFor } from './token.js';

const HELP = `npm run token -- EMAIL

Prints a staff bearer token of the local sign-in server, for example for duty@demo.example. Valid for an hour.
`;

run(async () => {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
  const [email] = positionals;
  if (values.help || !email) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  process.stdout.write(`${await tokenFor(runningStack(), email)}\n`);
  return 0;
});
