import { timingSafeEqual } from 'node:crypto';
import type { Answer, Request, Route } from '../../wire/src/index.js';
import { isDay } from './day.js';
import type { Results } from './results.js';
import type { Claimed } from './session.js';
import type { Sessions } from './sessions.js';

interface Options {
  readonly sessions: Sessions;
  readonly results: Results;
  readonly origin: string;
  readonly apiKey: string | null;
}

export const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: `about:blank#${code}`, status, code, detail }),
});

const text = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value.trim() !== '' && value.length <= max ? value.trim() : null;

const claimedIn = (given: unknown): Claimed | null => {
  if (typeof given !== 'object' || given === null) return null;
  const it = given as Record<string, unknown>;
  const givenName = text(it.givenName, 100);
  const familyName = text(it.familyName, 100);
  const dateOfBirth = text(it.dateOfBirth, 10);
  return givenName && familyName && dateOfBirth && isDay(dateOfBirth) ? { givenName, familyName, dateOfBirth } : null;
};

/** Only back to where the person came from. */
export const returnUrlIn = (given: unknown, origin: string): string | null =>
  typeof given === 'string' && URL.canParse(given) && new URL(given).origin === origin ? given : null;

export const apiRoutes = ({ sessions, results, origin, apiKey }: Options): Route[] => {
  const letIn = ({ headers }: Request): boolean => {
    if (apiKey === null) return true;
    const given = Buffer.from(headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${apiKey}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
  const guarded =
    (work: (request: Request) => Promise<Answer> | Answer) =>
    (request: Request): Promise<Answer> | Answer =>
      letIn(request) ? work(request) : problem(401, 'unauthorised', 'a bearer API key is needed');

  const open = async ({ body }: Request): Promise<Answer> => {
    let asked: Record<string, unknown>;
    try {
      asked = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    } catch {
      return problem(400, 'not-json', 'the body is not JSON');
    }
    const reference = text(asked?.reference, 200);
    if (!reference) return problem(422, 'reference', 'reference is required, at most 200 characters');
    const applicant = claimedIn(asked.applicant);
    if (!applicant)
      return problem(422, 'applicant', 'applicant needs givenName, familyName and dateOfBirth (YYYY-MM-DD)');
    if (asked.returnUrl !== undefined && asked.returnUrl !== null && !returnUrlIn(asked.returnUrl, origin))
      return problem(422, 'return-url', `returnUrl must begin with ${origin}`);
    const returnUrl = returnUrlIn(asked.returnUrl, origin);
    const { session, fresh } = await sessions.open({ reference, applicant, returnUrl }, Date.now());
    return {
      status: fresh ? 201 : 200,
      body: {
        sessionId: session.id,
        reference,
        url: `${origin}/dev/identity/${session.id}`,
        expiresAt: new Date(session.expiresAt).toISOString(),
      },
    };
  };

  const answer = async (session: ReturnType<Sessions['find']>): Promise<Answer> =>
    session
      ? { status: 200, body: await results.of(session, Date.now()) }
      : problem(404, 'unknown-session', 'there is no such session');

  return [
    { method: 'POST', path: '/sessions', provider: true, answer: guarded(open) },
    {
      method: 'GET',
      path: '/sessions',
      provider: true,
      answer: guarded(({ query }) => answer(sessions.referenced(query.get('reference') ?? ''))),
    },
    {
      method: 'GET',
      path: '/sessions/:id',
      provider: true,
      answer: guarded(({ params }) => answer(sessions.find(params.id!))),
    },
    { method: 'GET', path: '/jwks', answer: () => ({ status: 200, body: results.jwks }) },
  ];
};
