import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeFaults, desk, launch, oldPhone, overflows, picture, stack } from './browser.js';
import { call, eventually, form, origin, partnerKey, token } from './people.js';
import { applyByForm, fill, goOn } from './walk.js';

/** The main job, as the people in it see it: two officers, residents, a reviewer, an operator. In order; each step stands on the last. */
jest.setTimeout(240_000);
const slug = `story-${Date.now().toString(36)}`;
const resident = `siân.${slug}@example.org`.normalize('NFD').replace(/\p{M}/gu, '');
const slots = [
  'weekday-morning',
  'weekday-afternoon',
  'weekday-evening',
  'weekend-morning',
  'weekend-afternoon',
  'weekend-evening',
];

let browser: Browser;
const contexts: BrowserContext[] = [];
async function opened(context: Promise<BrowserContext>): Promise<Page> {
  const made = await context;
  contexts.push(made);
  const page = await made.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser.close();
});

const faults: string[] = [];
/** Looks at a page as people with other eyes and windows would; faults are gathered and fail their own test. */
async function liked(page: Page, name: string): Promise<void> {
  await picture(page, name);
  faults.push(...(await axeFaults(browser, page)).map((fault) => `${name}: ${fault}`));
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  if (await overflows(page)) faults.push(`${name}: wider than 320 px`);
  if (before) await page.setViewportSize(before);
}

async function signIn(person: string, to: string): Promise<Page> {
  const page = await opened(desk(browser));
  await page.goto(`${origin}${to}`);
  await page.getByText(person).first().click();
  await page.waitForURL((url) => url.pathname === to);
  return page;
}

let duty: Page;
test('a duty officer opens the plan and asks for an activation', async () => {
  duty = await signIn('duty@demo.example', '/forum');
  await liked(duty, 'forum');
  await duty.goto(`${origin}/forum/plans`);
  await liked(duty, 'plans');
  await duty.locator('main a[href^="/forum/plans/"]').first().click();
  await liked(duty, 'plan');
  await duty.locator('main a[href$="/activate"]').first().click();
  await goOn(duty);
  expect(await duty.locator('.govuk-error-summary').count()).toBe(1);
  await liked(duty, 'activate-with-errors');
  await fill(duty, {
    title: 'Story of a flood',
    slug,
    kind: 'actual',
    state: 'active',
    'methane.majorIncident': 'yes',
    'methane.exactLocation': 'River Irk at Chadderton',
    'methane.typeOfIncident': 'Flooding',
    'methane.hazards': 'Fast water, power cables',
    'methane.access': 'From the north only',
    'methane.numberOfCasualties': 'None known',
    'methane.emergencyServices': 'Fire and rescue on scene',
  });
  await goOn(duty);
  await duty.waitForLoadState();
  expect(await duty.locator('.govuk-error-summary').count()).toBe(0);
});

test('a second person approves, and the public page is up within five seconds', async () => {
  const approver = await signIn('approver@demo.example', '/forum');
  await approver.goto(`${origin}/forum/activations/${slug}/approve`);
  await liked(approver, 'approve');
  await goOn(approver);
  const approvedAt = Date.now();
  await eventually(
    () => call('GET', `/${slug}/help`, undefined, { accept: 'text/html' }),
    ({ status }) => status === 200,
    5000,
  );
  expect(Date.now() - approvedAt).toBeLessThan(5000);
});

test('the duty officer raises and verifies a need', async () => {
  await duty.goto(`${origin}/forum/needs/new?activation=${slug}`);
  await liked(duty, 'need-new');
  await fill(duty, {
    role: 'sandbags',
    title: 'Sandbags at the bridge',
    places: '3',
    postcode: 'OL1 1AA',
    day: new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10),
    startTime: '10:00',
    endTime: '13:00',
    notes: 'Meet at the bridge',
  });
  await goOn(duty);
  await duty.waitForLoadState();
  expect(await duty.locator('.govuk-error-summary').allInnerTexts()).toEqual([]);
  await liked(duty, 'need');
  await fill(duty, { safeguarding: 'clear', regulatedActivity: 'no' });
  await goOn(duty);
  await duty.waitForLoadState();
  expect(await duty.locator('.govuk-error-summary').allInnerTexts()).toEqual([]);
});

let phone: Page;
test('a resident on an old phone applies in Welsh without JavaScript', async () => {
  phone = await opened(oldPhone(browser, 'cy'));
  await phone.goto(`${origin}/`);
  await liked(phone, 'home');
  await phone.goto(`${origin}/${slug}/help`);
  await liked(phone, 'help');
  await phone.getByText('Cymraeg').first().click();
  await phone.waitForLoadState();
  await liked(phone, 'help-cy');
  await phone.locator(`main a[href^="/${slug}/apply"]`).first().click();
  const steps = await applyByForm(
    phone,
    {
      postcode: 'OL1 1AA',
      givenName: 'Siân',
      familyName: 'Pritchard',
      email: resident,
      channel: 'email',
      language: 'cy',
      ageBand: '18-plus',
      'availability.from': new Date().toISOString().slice(0, 10),
      'availability.slots': slots,
      'availability.maxDistanceKm': '20',
      roles: ['sandbags'],
      skills: [],
      'declarations.privacy': ['2026-11', 'true', 'yes'],
    },
    (page, step) => liked(page, `apply-${step}`),
  );
  expect(steps.length).toBeGreaterThan(6);
  expect(await phone.locator('main').innerText()).toContain('Oldham');
});

const mailTo = (address: string, atLeast: number) =>
  eventually(
    async () =>
      (await call('GET', `/dev/mail?to=${encodeURIComponent(address)}`)).body.items as {
        subject: string;
        text: string;
      }[],
    (items) => items.length >= atLeast,
    60_000,
  );

test('the acknowledgement and the offer arrive by mail, in Welsh', async () => {
  const mails = await mailTo(resident, 2);
  expect(mails.map(({ text }) => text).join('\n')).toMatch(/Byddwch|byddwch|chi/);
});

test('the status page shows the offer; she accepts and is assigned', async () => {
  const link = await phone.locator('main a[href*="/s/"]').first().getAttribute('href');
  await phone.goto(new URL(link ?? '', origin).href);
  await eventually(
    async () => {
      await phone.reload();
      return phone.locator('main a[href*="/offers/"]').count();
    },
    (offers) => offers > 0,
    60_000,
  );
  await liked(phone, 'status-offer');
  await phone.locator('main a[href*="/offers/"]').first().click();
  await liked(phone, 'offer');
  await goOn(phone);
  await phone.waitForLoadState();
  const self = new URL(link ?? '', origin).href;
  const seen = await eventually(
    () => call('GET', self),
    ({ body }) => body.offers?.[0]?.state === 'accepted',
  );
  expect(seen.body.promise?.dueAt ?? null).not.toBeNull();
  await phone.goto(self);
  await liked(phone, 'status-assigned');
});

test('a driver is asked for identity and DBS; a human decides; two are needed for a no', async () => {
  const reviewer = await signIn('vetting@demo.example', '/vetting');
  await liked(reviewer, 'vetting');
  const roles = (
    await call('GET', '/v1/roles', undefined, { authorization: `Bearer ${await token('duty@demo.example')}` })
  ).body.items as { code: string; tier: string }[];
  const high = roles.find(({ tier }) => tier === 'high')?.code ?? '';
  const answer = await call(
    'POST',
    '/v1/applications',
    form({
      activation: slug,
      givenName: 'Rowan',
      familyName: 'Story-Demo',
      roles: [high],
      skills: ['driving', 'first-aid', 'telephone'],
    }),
    {
      authorization: `Bearer ${partnerKey}`,
      'idempotency-key': randomUUID(),
    },
  );
  expect(answer.body).toMatchObject({ state: 'submitted' });
  const self = new URL(answer.body.statusUrl).href;
  const has = (code: string) =>
    eventually(
      () => call('GET', self),
      ({ body }) =>
        (body.tasks as { code: string; status: string }[]).some(
          (task) => task.code === code && task.status === 'not-started',
        ),
      45_000,
    );
  await has('identity');
  const person = await opened(desk(browser));
  await person.goto(`${self}/tasks/identity`);
  await liked(person, 'task-identity');
  await fill(person, { dateOfBirth: '1990-04-02', consent: 'true' });
  await goOn(person);
  await has('dbs');
  await person.goto(`${self}/tasks/dbs`);
  await liked(person, 'task-dbs');
  await fill(person, {
    certificateNumber: '002000000123',
    surname: 'Story-Demo',
    dateOfBirth: '1990-04-02',
    consent: 'true',
  });
  await goOn(person);
  await eventually(
    async () => {
      await reviewer.goto(`${origin}/vetting`);
      return reviewer.locator('main a[href*="/vetting/checks/"]', { hasText: answer.body.reference }).count();
    },
    (cases) => cases > 0,
    45_000,
  );
  await reviewer.locator('main a[href*="/vetting/checks/"]', { hasText: answer.body.reference }).first().click();
  await liked(reviewer, 'vetting-case');
  await fill(reviewer, { outcome: 'suitable', note: 'Original seen on site' });
  await reviewer.locator('main input[name="reasonCode"]').first().check();
  await goOn(reviewer);
  await reviewer.waitForLoadState();
  expect(await reviewer.locator('.govuk-error-summary').allInnerTexts()).toEqual([]);
  await eventually(
    () => call('GET', self),
    ({ body }) => body.state === 'cleared',
    30_000,
  );
});

test('the board counts them', async () => {
  const authorization = `Bearer ${await token('duty@demo.example')}`;
  await eventually(
    () => call('GET', `/v1/activations/${slug}`, undefined, { authorization }),
    ({ body }) => body.counts?.applied === 2 && body.counts?.assigned === 1 && body.places?.wanted === 3,
    30_000,
  );
  await duty.goto(`${origin}/forum/activations/${slug}`);
  await liked(duty, 'board');
  await duty.goto(`${origin}/forum/activations/${slug}/log`);
  await liked(duty, 'decision-log');
});

test('an event that no schema accepts is parked; the operator sees it and discards it with a reason', async () => {
  const database = new pg.Client({ connectionString: stack().postgres.url });
  await database.connect();
  await database.query(
    `insert into intake.journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
     values ('intake.application-withdrawn.v1', 'intake.application', $1, $2, 1, now(), uuidv7(), uuidv7())`,
    [randomUUID(), '{"planted":true}'],
  );
  await database.end();
  const operator = await signIn('operator@demo.example', '/ops');
  await liked(operator, 'ops');
  await eventually(
    async () => {
      await operator.goto(`${origin}/ops/dead-letters`);
      return operator.locator('main table a[href*="/ops/dead-letters/"]').count();
    },
    (letters) => letters > 0,
    30_000,
  );
  await liked(operator, 'dead-letters');
  await operator.locator('main table a[href*="/ops/dead-letters/"]').first().click();
  await liked(operator, 'dead-letter');
  await operator.locator('main a[href$="/replay"]').first().click();
  await liked(operator, 'dead-letter-replay');
  await goOn(operator);
  await operator.waitForLoadState();
  for (const page of ['waiting', 'journals', 'audit', 'applications', 'intake-mode', 'runbooks']) {
    await operator.goto(`${origin}/ops/${page}`);
    await liked(operator, `ops-${page}`);
  }
  await operator.goto(`${origin}/ops/waiting`);
  await operator.locator('main a[href="/ops/queues"]').click();
  await operator.getByText('notification.emails').first().waitFor();
  await picture(operator, 'ops-queues');
});

test('pages that go wrong are kind, too', async () => {
  const lost = await opened(oldPhone(browser));
  await lost.goto(`${origin}/s/AAAAAAAAAAAAAAAAAAAAAA`);
  await liked(lost, 'unknown-link');
  await lost.goto(`${origin}/${slug}/apply/postcode`);
  await fill(lost, { postcode: 'nowhere' });
  await goOn(lost);
  await liked(lost, 'apply-error');
  expect(await lost.locator('[name="postcode"]').inputValue()).toBe('nowhere');
  await lost.goto(`${origin}/dev/mail`);
  await liked(lost, 'dev-mail');
});

test('no page had a fault of access, and none is wider than a small phone', () => {
  expect(faults).toEqual([]);
});
