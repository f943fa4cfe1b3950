import type { FastifyInstance } from 'fastify';
import { AccessListData, AccessListSource, type ListPlace, type SessionMinter, type SessionReader } from '@app/access';
import { AppRefused } from './refusals.js';

/** Where this app hears who may enter: from its own tables (coordination), or from coordination's admin listener. */
export function listPlace(
  instances: readonly object[],
  url: string | undefined,
  reader: SessionReader,
): ListPlace & { source?: AccessListSource } {
  const source = instances.find((instance) => instance instanceof AccessListSource);
  if (source) return { is: 'here', source };
  if (url === undefined) throw new AppRefused(['COORDINATION_ADMIN_URL is missing, and no AccessListSource is here']);
  return { is: 'there', url, reader };
}

/** The list goes out signed: whoever answers on coordination's port without its key grants nothing. */
export function serveAccessList(admin: FastifyInstance, place: ListPlace, minter: SessionMinter | null): void {
  if (place.is !== 'here') return;
  if (!minter) throw new AppRefused(['the access list is here, but the secret session.jwk is not']);
  admin.get('/operator/access', async (_request, reply) => {
    const list = AccessListData.parse(await place.source.current());
    return reply
      .type('application/jwt')
      .header('cache-control', 'no-store')
      .send(await minter.signList(list));
  });
}
