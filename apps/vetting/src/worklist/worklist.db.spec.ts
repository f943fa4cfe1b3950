import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { StaffRole } from '@app/access';
import { boot, type RunningApp } from '@app/boot';
import { MemoryEventLog } from '@app/messaging';
import { mintRootKey, readRootKeys } from '@app/privacy';
import { testServices, tinyApp, type TinyApp } from '@app/testing';
import { vetting as app } from '../vetting.config.js';
import { vetting, type Vetting } from '../vetting.fixture.js';

jest.setTimeout(60_000);

const FORUM = '01990000-0000-7000-8000-000000000001';
const ann = { givenName: 'Ann', familyName: 'Lee', dateOfBirth: '1990-02-01', consent: true };

let beside: TinyApp;
let it: Vetting;
let running: RunningApp;
const folder = mkdtempSync(join(tmpdir(), 'muster-vetting-'));

beforeAll(async () => {
  beside = await tinyApp();
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  mkdirSync(join(folder, 'keys'));
  mkdirSync(join(folder, 'public'));
  put('keys/checks.json', mintRootKey());
  it = await vetting({ forumId: FORUM, roots: readRootKeys(join(folder, 'keys'), ['checks']) });
  put('database-url', it.db.url);
  put('redis-url', testServices().redis.url);
  put('kafka-password', 'unused');
  put('idempotency-key', randomBytes(32).toString('base64'));
  for (const key of ['session.jwk', 'operations.jwk'])
    copyFileSync(join(beside.environment['SECRETS_DIR']!, 'public', key), join(folder, 'public', key));
  running = await boot(app, {
    eventLog: new MemoryEventLog(),
    environment: {
      ...beside.environment,
      SECRETS_DIR: folder,
      KAFKA_USERNAME: 'vetting',
      COORDINATION_ADMIN_URL: beside.running.adminUrl,
      IDENTITY_URL: 'http://127.0.0.1:9',
      DBS_URL: 'http://127.0.0.1:9',
    },
  });
}, 120_000);
afterAll(async () => {
  await running.stop();
  await beside.stop();
  await it.db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Somebody whose identity only a person can judge. */
const referred = async (): Promise<{ id: string; applicationId: string }> => {
  const event = it.submitted({ roles: ['driver'] });
  await it.db.deliver(it.followIntake, [event, await it.answered(event.key, 'identity', ann)]);
  const { check_id: id } = await it.check(event.key, 'identity');
  const check = (await it.desk.take({ checkId: id, attempt: 1 }))!;
  const body = { ...ann, familyName: 'Other', level: 'medium' };
  await it.desk.land({ check, learned: { is: 'needs-human', code: 'verified', reason: 'identity-mismatch', body } });
  return { id, applicationId: event.key };
};

const ask = async (
  path: string,
  o: { member?: number; roles?: StaffRole[]; body?: object; form?: Record<string, string>; html?: boolean } = {},
) => {
  const { cookie, csrf } = await beside.signIn(o.roles ?? ['vetting-officer'], o.member ?? 1);
  const body = o.form
    ? new URLSearchParams({ csrf, ...o.form })
    : o.body === undefined
      ? undefined
      : JSON.stringify(o.body);
  const response = await fetch(`${running.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    headers: {
      cookie,
      'sec-fetch-site': 'same-origin',
      'x-csrf-token': csrf,
      accept: o.html || o.form ? 'text/html' : 'application/json',
      ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null };
};

describe('the worklist', () => {
  test('lists what waits for an officer, the longest waiting first, page by page', async () => {
    const first = await referred();
    it.clock.advance(60_000);
    const second = await referred();
    const page = await ask('/v1/checks?state=result-in&limit=1');
    expect(page.body.items[0]).toMatchObject({ id: first.id, kind: 'identity', reasonCode: 'identity-mismatch' });
    const next = await ask(`/v1/checks?limit=1&cursor=${page.body.next}`);
    expect(next.body.items[0]).toMatchObject({ id: second.id });
    expect((await ask('/v1/checks?state=nonsense')).body.items).toEqual([]);
  });

  test('is for vetting officers only', async () => {
    for (const roles of [['operator'], ['duty-officer'], ['auditor'], ['hub-coordinator']] as StaffRole[][]) {
      expect((await ask('/v1/checks', { roles })).status).toBe(403);
      expect((await ask('/vetting', { roles })).status).toBe(403);
    }
  });

  test('opens a case for an officer and writes down that it was seen', async () => {
    const { id } = await referred();
    const { body } = await ask(`/v1/checks/${id}`);
    expect(body).toMatchObject({ answers: { familyName: 'Lee' }, result: { familyName: 'Other' } });
    expect(await it.db.sql('select what, by_member from disclosure where check_id = $1', [id])).toEqual([
      { what: 'identity-check', by_member: beside.list.members[0]!.memberId },
    ]);
  });

  test('knows nothing of another forum', async () => {
    const { id } = await referred();
    await it.db.sql('update checks set forum_id = $2 where check_id = $1', [
      id,
      '01990000-0000-7000-8000-0000000000ff',
    ]);
    expect((await ask(`/v1/checks/${id}`)).status).toBe(404);
    const body = { outcome: 'suitable', reasonCode: 'identity-seen-in-person' };
    expect((await ask(`/v1/checks/${id}/determination`, { body })).status).toBe(404);
    expect((await ask('/v1/checks/not-an-id')).status).toBe(404);
  });
});

describe('a determination', () => {
  test('of suitable is one officer’s, and clears', async () => {
    const { id, applicationId } = await referred();
    const body = { outcome: 'suitable', reasonCode: 'identity-seen-in-person', note: 'Passport seen at the desk.' };
    expect((await ask(`/v1/checks/${id}/determination`, { body })).body).toMatchObject({
      state: 'determined',
      outcome: 'suitable',
      awaiting: null,
    });
    expect((await it.said(applicationId)).slice(-2)).toEqual([
      'check-determined identity suitable',
      'application-cleared',
    ]);
    expect((await ask(`/v1/checks/${id}/determination`, { body })).status).toBe(409);
    const [act] = await it.db.sql('select act, note from determination where check_id = $1', [id]);
    expect(act.act).toBe('determined');
    expect(act.note).toMatch(/^s1\./);
  });

  test('of not suitable takes two: the same person is refused, the second declines', async () => {
    const { id, applicationId } = await referred();
    const body = { outcome: 'not-suitable', reasonCode: 'identity-not-proven' };
    const confirm = (member: number) => ask(`/v1/checks/${id}/determination/confirm`, { member, body: {} });
    expect((await confirm(2)).status).toBe(409);
    expect((await ask(`/v1/checks/${id}/determination`, { body })).body).toMatchObject({ awaiting: 'second-person' });
    const refused = await confirm(1);
    expect([refused.status, refused.body.type]).toEqual([403, '/problems/second-person-needed']);
    expect(await it.said(applicationId)).not.toContain('application-declined identity-not-proven');
    expect((await confirm(2)).body).toMatchObject({ state: 'determined', outcome: 'not-suitable' });
    expect((await it.said(applicationId)).at(-1)).toBe('application-declined identity-not-proven');
  });

  test('lists every wrong field, and stores nothing', async () => {
    const { id } = await referred();
    const { status, body } = await ask(`/v1/checks/${id}/determination`, {
      body: { outcome: 'fine', reasonCode: 'No!' },
    });
    expect(status).toBe(422);
    expect(body.invalidParams.map((param: { pointer: string }) => param.pointer).sort()).toEqual([
      '/outcome',
      '/reasonCode',
    ]);
    expect(await it.db.sql('select from determination where check_id = $1', [id])).toHaveLength(0);
  });
});

describe('the pages', () => {
  test('show the list and a case in both languages, with nothing left untranslated', async () => {
    const { id } = await referred();
    for (const language of ['en', 'cy']) {
      for (const path of ['/vetting', `/vetting/checks/${id}`]) {
        const { status, text } = await ask(`${path}?lang=${language}`, { html: true });
        expect(status).toBe(200);
        expect(text).toContain(language === 'en' ? 'Check' : 'iriad');
        expect(text).not.toMatch(/worklist\.[a-z]/);
      }
    }
  });

  test('decide by form, keep what was typed when something is missing, and go back to the list', async () => {
    const { id, applicationId } = await referred();
    const bad = await ask(`/vetting/checks/${id}/determination`, { form: { note: 'typed before' } });
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('typed before');
    expect(bad.text).toContain('error-summary');
    const form = { outcome: 'suitable', reasonCode: 'identity-seen-in-person', note: '' };
    const good = await ask(`/vetting/checks/${id}/determination`, { form });
    expect([good.status, good.headers.get('location')]).toEqual([303, '/vetting']);
    expect((await it.said(applicationId)).at(-1)).toBe('application-cleared');
  });

  test('say so when nothing waits', async () => {
    await it.db.sql("update checks set state = 'cancelled' where state = 'result-in'");
    expect((await ask('/vetting', { html: true })).text).toContain('No check is waiting for you');
  });
});

test('what was decided and who saw it cannot be rewritten by the app', async () => {
  for (const table of ['determination', 'disclosure', 'requirement_policy']) {
    await expect(it.db.sql(`update ${table} set forum_id = forum_id`)).rejects.toThrow(/denied|exist/);
    await expect(it.db.sql(`delete from ${table}`)).rejects.toThrow(/denied/);
  }
});
