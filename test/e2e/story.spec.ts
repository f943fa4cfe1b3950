import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeFaults, desk, launch, oldPhone, overflows, picture, stack } from './browser.js';

/** The main job, as the people in it see it: two officers, two residents, a reviewer, an operator. */
const { origin } = stack();
const stamp = Date.now().toString(36);
const slug = `story-${stamp}`;

let browser: Browser;
const contexts: BrowserContext[] = [];
const opened = async (context: Promise<BrowserContext>): Promise<Page> => {
  const made = await context;
  contexts.push(made);
  const page = await made.newPage();
  page.setDefaultTimeout(20_000);
  return page;
};

beforeAll(async () => {
  browser = await launch();
}, 60_000);
afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser.close();
});

async function liked(page: Page, name: string): Promise<void> {
  await picture(page, name);
  expect(await axeFaults(browser, page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(`${name}: ${(await overflows(page)) ? 'wider than 320 px' : 'fits'}`).toBe(`${name}: fits`);
}

async function signIn(page: Page, person: string, to: string): Promise<void> {
  await page.goto(`${origin}${to}`);
  if (!page.url().includes(to)) {
    await page.getByText(person).first().click();
    await page.waitForURL(`**${to}**`);
  }
}

async function mailTo(address: string, atLeast = 1, within = 60_000): Promise<{ subject: string; text: string }[]> {
  const end = Date.now() + within;
  for (;;) {
    const answer = await fetch(`${origin}/dev/mail?to=${encodeURIComponent(address)}`, {
      headers: { accept: 'application/json' },
    });
    const { items } = (await answer.json()) as { items: { subject: string; text: string }[] };
    if (items.length >= atLeast) return items;
    if (Date.now() > end) throw new Error(`${items.length} of ${atLeast} messages to ${address} after ${within} ms`);
    await new Promise((resolve) => void setTimeout(resolve, 250));
  }
}
