import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@app/testing';
import { PostcodeTable } from './postcode.repository.js';

const table = new PostcodeTable();
const oldham = { outwardCode: 'OL1', latitude: 53.547, longitude: -2.108, district: 'Oldham', town: 'Oldham' };
const leeds = { outwardCode: 'LS1', latitude: 53.797, longitude: -1.548, district: 'Leeds', town: 'Leeds' };

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'intake' });
});
afterAll(() => db.close());

test('every app reads the table and none writes it at run time', async () => {
  await expect(db.database.transaction((tx) => table.import(tx, [oldham]))).rejects.toMatchObject({ code: '42501' });
  await db.adminSql(
    `insert into geography.outward_code values ('OL1', 53.547, -2.108, 'Oldham', 'Oldham'), ('LS1', 53.797, -1.548, 'Leeds', 'Leeds')`,
  );
  const found = await db.database.read((tx) => table.find(tx, ['OL1', 'OL1', 'ZZ9']));
  expect([...found.values()]).toEqual([oldham]);
  expect(await db.database.read((tx) => table.find(tx, []))).toEqual(new Map());
  expect(await db.database.read((tx) => table.all(tx))).toEqual([leeds, oldham]);
});
