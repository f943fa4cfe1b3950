import { createReadStream, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@app/testing';
import { Client } from 'pg';
import { importPostcodes } from '../../../tools/import/postcodes.js';
import type { Stack } from '../../../tools/stack-file.js';
import { DESK, FORUM } from './organisations.js';
import { demoFile } from './root.js';
import { layForum } from './seed.js';

let db: TestDatabase;
let client: Client;

beforeAll(async () => {
  const migrations = new URL('../../../apps/coordination/migrations/', import.meta.url);
  db = await testDatabase({ schema: 'coordination', migrations });
  client = new Client({ connectionString: db.adminUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await db.close();
});

async function* text(...lines: string[]): AsyncGenerator<string> {
  yield lines.join('\n');
}
const codes = async (): Promise<number> =>
  Number((await client.query('select count(*) from geography.outward_code')).rows[0].count);
const stack = (issuer: string, partnerKey: string) => ({ signIn: { issuer }, partnerKey }) as Stack;

test('a file with one wrong line changes nothing; a good one is taken whole, and again', async () => {
  const header = 'outwardCode,latitude,longitude,district,town';
  await expect(importPostcodes(client, text(header, 'OL1,53.5,-2.1,Oldham,', 'OL2,x,-2.1,Oldham,'))).rejects.toThrow(
    'line 3, column 2: "x" is not a latitude',
  );
  expect(await codes()).toBe(0);
  const geography = () => createReadStream(demoFile('geography.csv'), { encoding: 'utf8' });
  const lines = readFileSync(demoFile('geography.csv'), 'utf8').trim().split('\n').length - 1;
  expect(await importPostcodes(client, geography())).toBe(lines);
  expect(await importPostcodes(client, geography())).toBe(lines);
  expect(await codes()).toBe(lines);
  await importPostcodes(client, text(header, 'OL1,53.5,-2.1,Newtown,'));
  const { rows } = await client.query(`select district from geography.outward_code where outward_code = 'OL1'`);
  expect(rows).toEqual([{ district: 'Newtown' }]);
});

test('the forum is laid once; a later start brings the new issuer and key', async () => {
  await layForum(client, stack('http://localhost:4300/dev/sign-in', 'mk_first'));
  await layForum(client, stack('http://localhost:4400/dev/sign-in', 'mk_second'));
  const one = async (query: string) => (await client.query(query)).rows;
  expect(await one('select id, desk_organisation_id as desk from coordination.forum')).toEqual([
    { id: FORUM.id, desk: DESK.id },
  ]);
  expect(await one('select distinct issuer, count(*)::int as people from coordination.member group by 1')).toEqual([
    { issuer: 'http://localhost:4400/dev/sign-in', people: 10 },
  ]);
  expect(await one(`select scopes, key_hash = sha256('mk_second') as second from coordination.partner_key`)).toEqual([
    { scopes: ['applications:write', 'applications:link'], second: true },
  ]);
  const [owners] = await one(
    `select count(distinct organisation_id)::int as owners, count(distinct (organisation_id, district))::int as groups from coordination.catchment`,
  );
  expect(owners).toEqual({ owners: 10, groups: 21 });
});
