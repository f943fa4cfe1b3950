import { parseArgs } from 'node:util';
import { helpOf } from '../../deploy/help.js';
import { run, runningStack } from '../stack-file.js';
import { tokenFor } from './token.js';

run(async () => {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
  const [email] = positionals;
  if (values.help || !email) {
    (values.help ? process.stdout : process.stderr).write(helpOf('token'));
    return values.help ? 0 : 2;
  }
  process.stdout.write(`${await tokenFor(runningStack(), email)}\n`);
  return 0;
});
