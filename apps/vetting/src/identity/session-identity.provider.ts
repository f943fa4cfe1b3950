import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { askProvider, NoAnswer } from '../checks/ask-provider.js';
import { IdentityProvider, type IdentityAnswer, type IdentityRequest } from './identity.provider.js';

const Begun = z.object({ sessionId: z.string().min(1).max(200), url: z.url({ protocol: /^https?$/ }).max(500) });
const Person = z.object({
  givenName: z.string().min(1).max(200),
  familyName: z.string().min(1).max(200),
  dateOfBirth: z.iso.date(),
});
const Session = z.object({
  sessionId: z.string().min(1).max(200),
  status: z.enum(['pending', 'verified', 'failed', 'expired']),
  reasonCode: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,58}$/)
    .nullish(),
  result: z.string().max(8_000).nullish(),
});
/** What the provider signs: only this counts, the plain fields beside it do not. */
const Signed = z.object({
  sub: z.string(),
  status: z.literal('verified'),
  verified: Person,
  level: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
});

const PROVIDER = 'identity';
const JSON_TYPE = 'application/json';

/** A provider that keeps sessions: `POST /sessions`, `GET /sessions/{id}`, its word as a JWT signed with ES256. */
export class SessionIdentityProvider extends IdentityProvider {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(
    private readonly baseUrl: string,
    private readonly timeoutMs = 3_000,
  ) {
    super();
    this.keys = createRemoteJWKSet(new URL(`${baseUrl}/jwks`), { timeoutDuration: timeoutMs });
  }

  async begin(request: IdentityRequest): Promise<IdentityAnswer> {
    const text = await this.ask('/sessions', request);
    const { sessionId, url } = understood(Begun, text);
    return { is: 'pending', session: sessionId, url };
  }

  async look(session: string): Promise<IdentityAnswer> {
    const found = understood(Session, await this.ask(`/sessions/${encodeURIComponent(session)}`));
    if (found.sessionId !== session) throw new NoAnswer(PROVIDER, 'unreadable');
    switch (found.status) {
      case 'pending':
        return { is: 'pending', session, url: null };
      case 'expired':
        return { is: 'expired', session };
      case 'failed':
        return { is: 'failed', session, reason: found.reasonCode ?? 'not-verified' };
      case 'verified':
        return this.verified(session, found.result ?? '');
    }
  }

  private async verified(session: string, token: string): Promise<IdentityAnswer> {
    const { payload } = await jwtVerify(token, this.keys, { algorithms: ['ES256'], audience: 'muster' }).catch(() => {
      throw new NoAnswer(PROVIDER, 'unreadable');
    });
    const signed = Signed.safeParse(payload);
    if (!signed.success || signed.data.sub !== session) throw new NoAnswer(PROVIDER, 'unreadable');
    return { is: 'verified', session, person: signed.data.verified, level: signed.data.level };
  }

  private async ask(path: string, json?: unknown): Promise<string> {
    const { status, text } = await askProvider({
      provider: PROVIDER,
      url: `${this.baseUrl}${path}`,
      method: json === undefined ? 'GET' : 'POST',
      accept: JSON_TYPE,
      json,
      timeoutMs: this.timeoutMs,
    });
    if (status !== 200 && status !== 201) throw new NoAnswer(PROVIDER, 'status', status);
    return text;
  }
}

function understood<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NoAnswer(PROVIDER, 'unreadable');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new NoAnswer(PROVIDER, 'unreadable');
  return parsed.data;
}
