import { escaped, page, stylesheet, type Answer, type Request, type Route } from '../../wire/src/index.js';
import { isDay } from './day.js';
import { statusOf, type Outcome, type Session } from './session.js';
import type { Sessions } from './sessions.js';

const STYLE = '/dev/identity/assets/style.css';

const REASONS = {
  refused: 'document-refused',
  stranger: 'not-the-person',
  cancelled: 'cancelled',
} as const;

const form = (session: Session, wrong: string | null): Answer =>
  page(
    {
      title: 'Prove who you are',
      style: STYLE,
      body: `<h1>Prove who you are</h1>
${wrong ? `<p class="notice" role="alert">${escaped(wrong)}</p>` : ''}
<p class="notice">This stands in for a registered identity provider. No document is read: what you confirm here is what the document would have said.</p>
<form method="post" action="/dev/identity/${session.id}">
<label for="givenName">Given names on the document</label><input id="givenName" name="givenName" autocomplete="off" value="${escaped(session.applicant.givenName)}">
<label for="familyName">Family name on the document</label><input id="familyName" name="familyName" autocomplete="off" value="${escaped(session.applicant.familyName)}">
<label for="dateOfBirth">Date of birth on the document, year-month-day</label><input id="dateOfBirth" name="dateOfBirth" autocomplete="off" inputmode="numeric" value="${escaped(session.applicant.dateOfBirth)}">
<p><button name="act" value="confirm">Confirm this document</button></p>
<p><button class="plain" name="act" value="refused">The document is refused</button>
<button class="plain" name="act" value="stranger">The face does not match</button>
<button class="plain" name="act" value="cancelled">I cannot do this now</button></p>
</form>`,
    },
    wrong ? 422 : 200,
  );

const ended = (session: Session, status: string): Answer =>
  page({
    title: 'Finished',
    style: STYLE,
    body: `<h1>Finished</h1><p>Result: <strong>${status}</strong>.</p>${
      session.returnUrl
        ? `<p><a href="${escaped(session.returnUrl)}">Back to your application</a></p>`
        : '<p>You can close this page and go back to your application.</p>'
    }`,
  });

const unknown = (): Answer =>
  page({ title: 'No such session', style: STYLE, body: '<h1>There is no such session</h1>' }, 404);

/** What the applicant sees at the provider. */
export const applicantRoutes = (sessions: Sessions): Route[] => {
  const show = ({ params }: Request): Answer => {
    const session = sessions.find(params.id!);
    if (!session) return unknown();
    const status = statusOf(session, Date.now());
    return status === 'pending' ? form(session, null) : ended(session, status);
  };

  const decide = async ({ params, body }: Request): Promise<Answer> => {
    const session = sessions.find(params.id!);
    if (!session) return unknown();
    const now = Date.now();
    const status = statusOf(session, now);
    if (status !== 'pending') return ended(session, status);
    const fields = new URLSearchParams(body.toString('utf8'));
    const outcome = outcomeOf(fields);
    if (typeof outcome === 'string') return form(session, outcome);
    await sessions.complete(session, outcome, now);
    return session.returnUrl
      ? { status: 303, headers: { location: session.returnUrl } }
      : ended(session, outcome.status);
  };

  return [
    { method: 'GET', path: STYLE, answer: stylesheet },
    { method: 'GET', path: '/dev/identity/:id', answer: show },
    { method: 'POST', path: '/dev/identity/:id', answer: decide },
  ];
};

const outcomeOf = (fields: URLSearchParams): Outcome | string => {
  const act = fields.get('act') ?? '';
  if (Object.hasOwn(REASONS, act)) return { status: 'failed', reasonCode: REASONS[act as keyof typeof REASONS] };
  if (act !== 'confirm') return 'Choose one of the buttons';
  const [givenName, familyName, dateOfBirth] = ['givenName', 'familyName', 'dateOfBirth'].map((name) =>
    (fields.get(name) ?? '').trim(),
  ) as [string, string, string];
  if (!givenName || !familyName || givenName.length > 100 || familyName.length > 100) return 'Enter both names';
  if (!isDay(dateOfBirth)) return 'Enter the date of birth as year-month-day, for example 1984-03-27';
  return { status: 'verified', verified: { givenName, familyName, dateOfBirth } };
};
