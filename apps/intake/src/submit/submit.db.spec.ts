import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { Problem } from '@app/http';
import { form, newKey, OLDHAM, openHouse, PARTNER, type House } from '../house/house.fixture.js';
import { SubmitApplication } from './submit-application.command.js';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const submit = (body: unknown, key = newKey()) =>
  house.get(CommandBus).execute(new SubmitApplication(key, PARTNER, body, 'en'));
const count = async (): Promise<number> => Number((await house.db.sql('select count(*) as n from application'))[0].n);

describe('a form that is right', () => {
  test('is in the books, sealed, with a promise, a link and two facts, before the receipt', async () => {
    const receipt = await submit(form({ givenName: 'Zebedee', support: 'step-free access' }));
    expect(receipt).toMatchObject({ owner: { id: OLDHAM }, words: 'open', language: 'en', replayed: false });
    const [row] = await house.db.sql('select * from application where id = $1', [receipt.applicationId]);
    expect(row).toMatchObject({
      state: 'submitted',
      promise_rule: 'submitted',
      outward_code: 'OL1',
      roles: ['sandbags'],
    });
    expect(JSON.stringify(row)).not.toContain('Zebedee');
    const facts = (await house.db.published()).filter(({ key }) => key === receipt.applicationId);
    expect(facts.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['intake.application-submitted.v1', 1],
      ['intake.message-requested.v1', 2],
    ]);
  });
});
