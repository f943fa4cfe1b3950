import type { FastifyInstance } from 'fastify';
import type { JWK } from 'jose';
import type { Door } from '@app/access';
import {
  CircuitLever,
  declaredAmong,
  mountOperatorPort,
  OperatorDoor,
  ServiceTokenReader,
  type PortParts,
} from '@app/operator';

/** The port of one app: what its modules declare, and the lever of the circuits. */
export async function openOperatorPort(
  admin: FastifyInstance,
  o: Omit<PortParts, 'door' | 'vitals' | 'levers' | 'traces'> & { door: Door; key: JWK; instances: readonly object[] },
): Promise<void> {
  const declared = declaredAmong(o.instances);
  mountOperatorPort(admin, {
    ...o,
    ...declared,
    levers: [...declared.levers, new CircuitLever(o.circuits, o.clock)],
    door: new OperatorDoor(await ServiceTokenReader.with(o.key, o.app), o.door),
  });
}
