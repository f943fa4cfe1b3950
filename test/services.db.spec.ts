import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import type { TestServices } from './services.js';

test('the database of the tests answers', async () => {
  const services = JSON.parse(readFileSync(process.env.MUSTER_TEST_SERVICES!, 'utf8')) as TestServices;
  const client = new pg.Client({ connectionString: services.postgres.url });
  await client.connect();
  const { rows } = await client.query('show server_version');
  await client.end();
  expect(rows[0].server_version).toMatch(/^18/);
});
