import { createReadStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { helpOf } from '../../deploy/help.js';
import { run, runningStack } from '../stack-file.js';
import { importPostcodes } from './postcodes.js';

run(async () => {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean' }, 'database-url-file': { type: 'string' } },
    allowPositionals: true,
  });
  const [kind, file] = positionals;
  if (values.help) {
    process.stdout.write(helpOf('import'));
    return 0;
  }
  if (kind !== 'postcodes' || !file) {
    process.stderr.write(helpOf('import'));
    return 2;
  }
  const urlFile = values['database-url-file'];
  const connectionString = urlFile ? readFileSync(urlFile, 'utf8').trim() : runningStack().postgres.url;
  const client = new Client({ connectionString, application_name: 'import' });
  await client.connect();
  try {
    const count = await importPostcodes(client, createReadStream(file, { encoding: 'utf8' }));
    process.stdout.write(`${count} outward codes imported\n`);
    return 0;
  } finally {
    await client.end();
  }
});
