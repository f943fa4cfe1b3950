import 'reflect-metadata';
import { writeEventDocs } from './events.js';
import { writeOpenApi } from './openapi.js';

/** `npm run docs`: makes what is generated of the documentation anew. */
const recorded = await writeEventDocs();
await writeOpenApi();
process.stdout.write(`docs/asyncapi.yaml and docs/openapi.json written; ${recorded.length} examples recorded\n`);
