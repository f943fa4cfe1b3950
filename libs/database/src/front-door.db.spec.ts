import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Log } from '@app/telemetry';
import { eventually, testDatabase, type TestDatabase } from '@app/testing';
import { connect } from './database.js';
import { FrontDoor } from './front-door.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'intake' });
});
afterAll(() => db.close());

const crowded = () => db.database.crowded();
const calm = async () => !(await crowded());

test('others hear that a door is crowded while it is, and soon after that it is calm again', async () => {
  let pressed = false;
  const door = new FrontDoor(db.database, () => pressed, Log.silent());
  try {
    await sleep(300);
    expect(await crowded()).toBe(false);
    pressed = true;
    await eventually('they hear it', crowded, 2_000);
    // Longer than the silence after which the server takes its session for frozen.
    await sleep(3_500);
    expect(await crowded()).toBe(true);
    pressed = false;
    await eventually('it is calm', calm, 2_000);
  } finally {
    await door.close();
  }
}, 20_000);

test('two doors are two reasons, and many who ask are no crowd', async () => {
  let [one, two] = [true, true];
  const doors = [
    new FrontDoor(db.database, () => one, Log.silent()),
    new FrontDoor(db.database, () => two, Log.silent()),
  ];
  try {
    await eventually('they hear it', crowded, 2_000);
    one = false;
    await sleep(1_000);
    expect(await crowded()).toBe(true);
    two = false;
    await eventually('it is calm', calm, 3_000);
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => connect({ url: db.url, schema: 'intake', applicationName: 'asks' })),
    );
    try {
      for (let time = 0; time < 5; time++)
        expect(await Promise.all(asked.map((app) => app.crowded()))).toEqual(asked.map(() => false));
    } finally {
      await Promise.all(asked.map((app) => app.close()));
    }
  } finally {
    await Promise.all(doors.map((door) => door.close()));
  }
}, 20_000);

test('the word ends with the session that gave it', async () => {
  const door = new FrontDoor(db.database, () => true, Log.silent());
  await eventually('they hear it', crowded, 2_000);
  const [ended] = await db.adminSql<{ ended: boolean }>(
    `select pg_terminate_backend(pid) as ended from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock'
       and granted and database = (select oid from pg_database where datname = current_database())`,
  );
  expect(ended?.ended).toBe(true);
  // It is still crowded, so the door says it again; once closed, nobody is left to say it.
  await eventually('they hear it again', crowded, 3_000);
  await door.close();
  await eventually('it is calm', calm, 2_000);
}, 20_000);
