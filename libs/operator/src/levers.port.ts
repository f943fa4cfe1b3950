import type { FastifyInstance } from 'fastify';
import type { Tx } from '@app/messaging';
import { invalidParamsOf, notFound, Problem, unauthorised, unprocessable, type Issue } from '@app/http';
import { AuditRepository } from './audit.repository.js';
import { mustHave } from './caller.js';
import type { PortParts } from './port-parts.js';

/** `POST /operator/levers/{code}`: the pull, its audit and the use of the call commit together. */
export function mountLevers(server: FastifyInstance, parts: PortParts): void {
  const audit = new AuditRepository();
  server.post<{ Params: { code: string } }>('/operator/levers/:code', async (request) => {
    const { staff, call } = await parts.door.enter(request);
    const lever = parts.levers.find(({ code }) => code === request.params.code);
    if (!lever) throw notFound();
    const by = { memberId: staff.memberId, forumId: staff.forumId };
    const act = { at: parts.clock.now(), ...by, act: `lever:${lever.code}`, subject: null };
    const refused = async (problem: Problem): Promise<never> => {
      await parts.transactions.run((tx) =>
        audit.write(tx, { ...act, arguments: {}, outcome: 'refused', reasonCode: problem.type }),
      );
      throw problem;
    };
    try {
      mustHave(staff, lever.roles);
    } catch (error) {
      return refused(error as Problem);
    }
    const parsed = lever.schema.safeParse(request.body);
    if (!parsed.success) throw unprocessable(invalidParamsOf(parsed.error.issues as unknown as Issue[], request.body));
    const args = parsed.data as object;
    await parts.transactions.run(async (tx: Tx) => {
      if (!(await audit.firstUse(tx, call.jti, call.expiresAt))) throw unauthorised('credential-invalid');
      await lever.pull(args, by, tx);
      await audit.write(tx, { ...act, arguments: args, outcome: 'done', reasonCode: null });
    });
    return { code: lever.code, outcome: 'done' };
  });
  server.get<{ Querystring: { limit?: string } }>('/operator/audit', async (request) => {
    const { staff } = await parts.door.enter(request);
    mustHave(staff, ['operator', 'auditor']);
    return { items: await parts.database.read((tx) => audit.list(tx, staff.forumId, 100)), next: null };
  });
}
