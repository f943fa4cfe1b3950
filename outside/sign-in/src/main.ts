import { environment, required, secretOf, untilStopped } from '../../wire/src/index.js';
import { keysIn } from './keys.js';
import { People } from './people.js';
import { staffDirectory } from './provider.js';
import { serveDirectory } from './server.js';

const { port, host, dataDir, origin } = environment();
const issuer = required('ISSUER').replace(/\/$/, '');
const people = People.from(required('PEOPLE_FILE'));
const provider = staffDirectory({
  issuer,
  origin,
  people,
  keys: await keysIn(dataDir),
  clientSecret: secretOf('CLIENT_SECRET_FILE'),
});
const web = await serveDirectory({ port, host, issuer, provider, people });
process.stdout.write(`sign-in: ${issuer} with ${people.all.length} people\n`);
untilStopped(web.close);
