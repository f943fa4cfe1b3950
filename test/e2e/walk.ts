import type { Page } from 'playwright-core';

/** What one person would answer; names are those of the form controls, which are those of the JSON fields. */
export type Answers = Record<string, string | string[]>;

/** Fills whatever the page asks of what the person knows; leaves the rest as it stands. */
export async function fill(page: Page, answers: Answers): Promise<void> {
  for (const [name, answer] of Object.entries(answers)) {
    const [day] = Array.isArray(answer) ? [] : [/^(\d{4})-(\d\d)-(\d\d)$/.exec(answer)];
    if (day && (await page.locator(`input[name="${name}-day"]`).count())) {
      await page.locator(`input[name="${name}-day"]`).fill(day[3] ?? '');
      await page.locator(`input[name="${name}-month"]`).fill(day[2] ?? '');
      await page.locator(`input[name="${name}-year"]`).fill(day[1] ?? '');
      continue;
    }
    const control = page.locator(`main [name="${name}"]`).first();
    if (!(await control.count())) continue;
    const tag = await control.evaluate((element) => element.tagName.toLowerCase()).catch(() => 'input');
    const type = (await control.getAttribute('type')) ?? '';
    if (type === 'hidden') continue;
    if (type === 'radio' || type === 'checkbox') {
      for (const value of Array.isArray(answer) ? answer : [answer]) {
        const choice = page.locator(`main input[name="${name}"][value="${value}"]`);
        if (await choice.count()) await choice.check();
      }
    } else if (tag === 'select') await control.selectOption(answer as string);
    else await control.fill(Array.isArray(answer) ? answer.join(', ') : answer);
  }
}

/** Presses the one button that goes on. */
export const goOn = (page: Page): Promise<void> =>
  page.locator('main form button[type="submit"], main form button:not([type])').first().click();

/** One question a page, from the first to the receipt; returns the headings on the way. */
export async function applyByForm(
  page: Page,
  answers: Answers,
  seen: (page: Page, step: string) => Promise<void>,
): Promise<string[]> {
  const steps: string[] = [];
  for (let n = 0; n < 25; n++) {
    const step = new URL(page.url()).pathname.split('/').pop() ?? '';
    steps.push(step);
    await seen(page, step);
    if (/MU-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]/.test(await page.locator('main').innerText())) return steps;
    await fill(page, answers);
    await goOn(page);
    await page.waitForLoadState();
    if (await page.locator('.govuk-error-summary').count()) {
      throw new Error(`${step}: ${await page.locator('.govuk-error-summary').innerText()}`);
    }
  }
  throw new Error(`no receipt after ${steps.join(', ')}`);
}
