import type { AccessConfig } from '@app/access';
import type { BootConfig } from './boot.config.js';

/** The hosts that an app answers for: its origin's, those it was told, and locally its own address. */
export function allowedHosts(
  config: BootConfig & AccessConfig,
  port: () => number,
): { has(host: string): boolean; size: number } {
  const fixed = new Set([
    new URL(config.MUSTER_ORIGIN).host,
    ...config.ALLOWED_HOSTS.map((host) => host.toLowerCase()),
  ]);
  return {
    size: 1,
    has: (host) =>
      fixed.has(host) ||
      (config.MUSTER_ENV === 'local' && (host === `127.0.0.1:${port()}` || host === `localhost:${port()}`)),
  };
}
