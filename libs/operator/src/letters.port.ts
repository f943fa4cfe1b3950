import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  conflict,
  decodeCursor,
  encodeCursor,
  forbidden,
  invalidParamsOf,
  limitOf,
  notFound,
  Problem,
  unauthorised,
  unprocessable,
  type Issue,
} from '@app/http';
import type { LetterDetail, LetterFilter, LetterState } from '@app/messaging';
import { AuditRepository } from './audit.repository.js';
import { mustHave, type Entered } from './caller.js';
import { letterDetailView, letterView, originalData, restored } from './letter-view.js';
import { owningRole } from './owning-role.js';
import type { PortParts } from './port-parts.js';

const Reason = z.strictObject({ reason: z.string().trim().min(3).max(300) });
const Edit = z.strictObject({ data: z.record(z.string(), z.unknown()), reason: z.string().trim().min(3).max(300) });
const code = z.string().min(1).max(200);
const Filter = z.strictObject({
  consumer: code.optional(),
  type: code.optional(),
  reasonCode: code.optional(),
});
const State = z.enum(['retrying', 'parked', 'following', 'replayed', 'discarded']);
const Id = z.uuid();

/** Refusals of libs/messaging as problems; a code that is not here is a conflict with the letter's present state. */
const REFUSED: Readonly<Record<string, () => Problem>> = {
  'not-found': () => notFound(),
  'protected-type': () => forbidden('letter-immutable'),
  immutable: () => forbidden('letter-immutable'),
  'same-person': () => forbidden('second-person-needed'),
};
const refusalOf = (outcome: { code: string }): Problem =>
  (REFUSED[outcome.code] ?? (() => conflict(`letter-${outcome.code}`)))();

/** Dead letters over the operator port: look, replay, edit, discard. libs/messaging writes each act with its effect. */
export function mountLetters(server: FastifyInstance, parts: PortParts): void {
  const audit = new AuditRepository();
  const { letters } = parts.messaging;

  const looking = async (request: FastifyRequest): Promise<Entered> => {
    const who = await parts.door.enter(request);
    mustHave(who.staff, ['operator', 'auditor', 'vetting-officer', 'hub-coordinator', 'approver']);
    return who;
  };
  /** Uses up the call before anything is done: the same token cannot act twice, whatever the outcome. */
  const acting = async (request: FastifyRequest): Promise<Entered> => {
    const who = await parts.door.enter(request);
    const fresh = await parts.transactions.run((tx) => audit.firstUse(tx, who.call.jti, who.call.expiresAt));
    if (!fresh) throw unauthorised('credential-invalid');
    return who;
  };
  /** What another forum holds is not there. */
  const theirs = async (request: { params: { id: string } }, { notTheirs }: Entered): Promise<LetterDetail> => {
    const letter = await letters.get(idOf(request));
    if (!letter || (letter.forumId !== null && notTheirs.includes(letter.forumId))) throw notFound();
    return letter;
  };

  server.get<{ Querystring: Record<string, string | undefined> }>('/operator/letters', async (request) => {
    const { notTheirs } = await looking(request);
    const { limit, cursor, state, ...rest } = request.query;
    const filter = parsed(Filter, rest);
    const size = limitOf(limit);
    const after = decodeCursor(cursor, Id);
    const found = await letters.list({
      ...(filter as LetterFilter),
      notOf: notTheirs,
      ...(state ? { state: parsed(State, state) as LetterState } : {}),
      ...(after ? { after } : {}),
      limit: size,
    });
    return { items: found.map(letterView), next: found.length === size ? encodeCursor(found.at(-1)!.id) : null };
  });

  server.get<{ Params: { id: string } }>('/operator/letters/:id', async (request) => {
    return letterDetailView(await theirs(request, await looking(request)));
  });

  server.post('/operator/letters/replay', async (request) => {
    const { staff, notTheirs } = await acting(request);
    mustHave(staff, ['operator']);
    const filter = parsed(Filter, request.body ?? {}) as LetterFilter;
    return letters.replayAll({ ...filter, notOf: notTheirs }, staff.memberId);
  });

  server.post<{ Params: { id: string } }>('/operator/letters/:id/replay', async (request) => {
    const who = await acting(request);
    mustHave(who.staff, ['operator']);
    const { id } = await theirs(request, who);
    const outcome = await letters.replay(id, who.staff.memberId);
    if (outcome.is === 'refused') throw refusalOf(outcome);
    return outcome.is === 'replayed'
      ? { outcome: 'replayed', letters: outcome.letters }
      : { outcome: 'still-failing', reasonCode: outcome.code };
  });

  server.post<{ Params: { id: string } }>('/operator/letters/:id/edit', async (request) => {
    const who = await acting(request);
    mustHave(who.staff, ['operator']);
    const { data, reason } = parsed(Edit, request.body);
    const letter = await theirs(request, who);
    const outcome = await letters.edit(letter.id, restored(data, originalData(letter)), who.staff.memberId, reason);
    if (outcome.is === 'refused' && outcome.code === 'wrong-schema') {
      const fields = (outcome.detail ?? '').split(' ').filter(Boolean);
      throw unprocessable(
        fields.map((field) => ({ pointer: `/data/${field.replaceAll('.', '/')}`, code: 'invalid', message: '' })),
      );
    }
    if (outcome.is === 'refused') throw refusalOf(outcome);
    return { outcome: 'edited' };
  });

  server.post<{ Params: { id: string } }>('/operator/letters/:id/discard', async (request) => {
    const who = await acting(request);
    const letter = await theirs(request, who);
    // The second person must be of the role that owns the matter (S3); the first may also be an operator.
    const second = letter.protected && letter.discardAskedBy !== null;
    const owner = owningRole(letter.type);
    mustHave(who.staff, second ? [owner] : ['operator', ...(letter.protected ? [owner] : [])]);
    const { reason } = parsed(Reason, request.body);
    const outcome = await letters.discard(letter.id, reason, who.staff.memberId);
    if (outcome.is === 'refused') throw refusalOf(outcome);
    return { outcome: outcome.is, ...(outcome.is === 'second-person-needed' ? { role: owner } : {}) };
  });
}

const idOf = (request: { params: { id: string } }): string => {
  if (!Id.safeParse(request.params.id).success) throw notFound();
  return request.params.id;
};

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw unprocessable(invalidParamsOf(result.error.issues as unknown as Issue[], value));
  return result.data;
}
