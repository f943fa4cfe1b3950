import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.js';

/** Puts a stored answer on the wire as it was; its body is what the route returns (`@Res({ passthrough: true }) reply`). */
export function giveAnswer<B>(reply: FastifyReply, answer: Answer<B> & { readonly replayed: boolean }): B {
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  if (answer.replayed) reply.header('idempotency-replayed', 'true');
  reply.status(answer.status);
  return answer.body;
}
