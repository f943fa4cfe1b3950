import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

const IN_FLIGHT_MS = 5000;

/** Takes no new connection, lets what runs finish for five seconds, then ends the rest (event streams never finish). */
export async function closeListener(fastify: FastifyInstance): Promise<void> {
  const server = fastify.server as Server;
  const timer = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_MS);
  try {
    await fastify.close();
  } finally {
    clearTimeout(timer);
  }
}
