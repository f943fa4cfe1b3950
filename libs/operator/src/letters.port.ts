import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Staff, StaffRole } from '@app/access';
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
import type { LetterFilter, LetterState } from '@app/messaging';
import { AuditRepository } from './audit.repository.js';
import { mustHave } from './caller.js';
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

  const looking = async (request: FastifyRequest): Promise<Staff> => {
    const { staff } = await parts.door.enter(request);
    mustHave(staff, ['operator', 'auditor', 'vetting-officer', 'hub-coordinator', 'approver']);
    return staff;
  };
  /** Uses up the call before anything is done: the same token cannot act twice, whatever the outcome. */
  const acting = async (request: FastifyRequest, roles: readonly StaffRole[]): Promise<Staff> => {
    const { staff, call } = await parts.door.enter(request);
    const fresh = await parts.transactions.run((tx) => audit.firstUse(tx, call.jti, call.expiresAt));
    if (!fresh) throw unauthorised('credential-invalid');
    mustHave(staff, roles);
    return staff;
  };

  server.get<{ Querystring: Record<string, string | undefined> }>('/operator/letters', async (request) => {
    await looking(request);
    const { limit, cursor, state, ...rest } = request.query;
    const filter = parsed(Filter, rest);
    const size = limitOf(limit);
    const after = decodeCursor(cursor, Id);
    const found = await letters.list({
      ...(filter as LetterFilter),
      ...(state ? { state: parsed(State, state) as LetterState } : {}),
      ...(after ? { after } : {}),
      limit: size,
    });
    return { items: found.map(letterView), next: found.length === size ? encodeCursor(found.at(-1)!.id) : null };
  });

  server.get<{ Params: { id: string } }>('/operator/letters/:id', async (request) => {
    await looking(request);
    const letter = await letters.get(idOf(request));
    if (!letter) throw notFound();
    return letterDetailView(letter);
  });

  server.post('/operator/letters/replay', async (request) => {
    const staff = await acting(request, ['operator']);
    return letters.replayAll(parsed(Filter, request.body ?? {}) as LetterFilter, staff.memberId);
  });

  server.post<{ Params: { id: string } }>('/operator/letters/:id/replay', async (request) => {
    const staff = await acting(request, ['operator']);
    const outcome = await letters.replay(idOf(request), staff.memberId);
    if (outcome.is === 'refused') throw refusalOf(outcome);
    return outcome.is === 'replayed'
      ? { outcome: 'replayed', letters: outcome.letters }
      : { outcome: 'still-failing', reasonCode: outcome.code };
  });

  server.post<{ Params: { id: string } }>('/operator/letters/:id/edit', async (request) => {
    const staff = await acting(request, ['operator']);
    const { data, reason } = parsed(Edit, request.body);
    const letter = await letters.get(idOf(request));
    const whole = restored(data, letter ? originalData(letter) : null);
    const outcome = await letters.edit(idOf(request), whole, staff.memberId, reason);
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
    const id = idOf(request);
    const letter = await letters.get(id);
    // The second person must be of the role that owns the matter (S3); the first may also be an operator.
    const second = letter?.protected === true && letter.discardAskedBy !== null;
    const owner = owningRole(letter?.type ?? null);
    const staff = await acting(request, second ? [owner] : ['operator', ...(letter?.protected ? [owner] : [])]);
    const { reason } = parsed(Reason, request.body);
    const outcome = await letters.discard(id, reason, staff.memberId);
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
