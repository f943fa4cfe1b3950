/** As URL spells a host: an IPv4 address in IPv6 dress is `[::ffff:7f00:1]`, and a name may end in the root's dot. */
const LOOPBACK =
  /^(localhost\.?|.*\.localhost\.?|127(\.[0-9]+){3}|\[?::1\]?|0\.0\.0\.0|\[?::\]?|\[?::ffff:(7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\]?)$/i;
/** What may be spoken to in production only by TLS, and never on this machine: a catcher or a simulator would stand there. */
const OUTSIDE = ['OIDC_ISSUER', 'MUSTER_ORIGIN', 'NOTIFY_URL', 'IDENTITY_URL', 'DBS_URL'] as const;

/** Why this environment must not run as production (S5); nothing when it says that it is local. */
export function productionFaults(environment: Readonly<Record<string, unknown>>, madeForLocal: boolean): string[] {
  if (environment['MUSTER_ENV'] === 'local') return localFaults(environment);
  const faults: string[] = [];
  for (const name of OUTSIDE) {
    const url = urlOf(environment[name]);
    if (!url) continue;
    if (url.protocol !== 'https:') faults.push(`${name} must be https in production`);
    if (LOOPBACK.test(url.hostname)) faults.push(`${name} is on this machine, which production refuses`);
    if (url.pathname.startsWith('/dev/')) faults.push(`${name} is a door of the local stack`);
  }
  const mail = urlOf(environment['SMTP_URL']);
  if (mail && LOOPBACK.test(mail.hostname))
    faults.push('SMTP_URL is a catcher on this machine, which production refuses');
  if (mail && mail.protocol !== 'smtps:' && mail.searchParams.get('requireTLS') !== 'true') {
    faults.push('SMTP_URL must be smtps: (or require TLS) in production');
  }
  if (environment['KAFKA_MECHANISM'] === undefined || environment['KAFKA_MECHANISM'] === 'plain') {
    faults.push('KAFKA_MECHANISM must be scram in production');
  }
  if (environment['KAFKA_TLS'] !== 'true') faults.push('KAFKA_TLS must be true in production');
  if (environment['CLOCK_FILE'] !== undefined) faults.push('CLOCK_FILE moves the clock; production refuses it');
  if (madeForLocal) faults.push('SECRETS_DIR holds secrets that the local stack made');
  return faults;
}

/** The local stack is for one machine. */
function localFaults(environment: Readonly<Record<string, unknown>>): string[] {
  return ['HOST', 'ADMIN_HOST'].flatMap((name) => {
    const host = environment[name];
    return typeof host === 'string' && (!LOOPBACK.test(host) || /^(0\.0\.0\.0|\[?::\]?)$/.test(host))
      ? [`${name} must be a loopback address when MUSTER_ENV is local`]
      : [];
  });
}

function urlOf(value: unknown): URL | null {
  if (typeof value !== 'string') return null;
  try {
    return new URL(value);
  } catch {
    return null;
  }
}
