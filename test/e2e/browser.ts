import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';

export interface Stack {
  readonly origin: string;
  readonly activation: string;
  readonly partnerKey: string;
  readonly postgres: { readonly url: string };
  readonly kafka: { readonly brokers: string[] };
  readonly mail: { readonly inbox: string };
  readonly providers: Record<string, { readonly url: string } | undefined>;
  readonly apps: Record<string, { readonly log: string; readonly adminUrl: string }[]>;
}

/** The stack under test; the runner brings it up and names its file. */
export function stack(): Stack {
  const file = process.env.MUSTER_STACK;
  if (!file) throw new Error('MUSTER_STACK must name the stack.json of a running stack; `npm test` sets it');
  return JSON.parse(readFileSync(file, 'utf8')) as Stack;
}

/** A browser of the machine, else the one that an npm package carries. */
async function executable(): Promise<string> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // not this one
    }
  }
  const { default: packed } = await import('@sparticuz/chromium');
  return packed.executablePath();
}

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: await executable(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A narrow old phone without JavaScript, as at night. */
export const oldPhone = (browser: Browser, language = 'en'): Promise<BrowserContext> =>
  browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 640 },
    locale: language === 'cy' ? 'cy-GB' : 'en-GB',
  });

export const desk = (browser: Browser): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 A and AA faults of what a page shows now, answers to a POST included, each as one line. */
export async function axeFaults(browser: Browser, page: Page): Promise<string[]> {
  const context = await browser.newContext({
    storageState: await page.context().storageState(),
    viewport: page.viewportSize(),
    bypassCSP: true,
  });
  try {
    const twin = await context.newPage();
    // The same words at the same address: styles are for their own origin only.
    const body = await page.content();
    await twin.route(page.url(), (route) => route.fulfill({ body, contentType: 'text/html; charset=utf-8' }));
    await twin.goto(page.url(), { waitUntil: 'load' });
    await twin.evaluate(axeSource);
    const results = await twin.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
        };
      };
      return axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    });
    return results.violations.map((fault) => `${fault.id}: ${fault.help} (${fault.nodes[0]?.html.slice(0, 120)})`);
  } finally {
    await context.close();
  }
}

const shots = (): string => join(process.env.MUSTER_STACK ?? '.', '..', 'reports', 'screens');
/** What the README shows; `npm run tour` makes them anew. */
const TOUR = new Set([
  'help-320',
  'apply-availability-320',
  'status-offer-320',
  'board-1280',
  'vetting-case-1280',
  'ops-1280',
]);

/** Pictures at 320 and 1280 pixels, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const tour = process.env.MUSTER_TOUR;
  mkdirSync(tour ?? shots(), { recursive: true });
  const before = page.viewportSize();
  for (const width of [320, 1280]) {
    if (tour && !TOUR.has(`${name}-${width}`)) continue;
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: join(tour ?? shots(), `${name}-${width}.png`), fullPage: true });
  }
  if (before) await page.setViewportSize(before);
}

/** True when the page is wider than its window: a reader at 320 px would have to scroll sideways. */
export const overflows = async (page: Page): Promise<boolean> => {
  const html = await page.locator('html').boundingBox();
  const body = await page.locator('body').boundingBox();
  return Math.max(html?.width ?? 0, body?.width ?? 0) > (page.viewportSize()?.width ?? 0) + 1;
};
