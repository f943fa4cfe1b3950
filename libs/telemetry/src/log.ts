import { pino, type DestinationStream, type Logger } from 'pino';
import { currentTrace } from './trace.js';

type Fields = Readonly<Record<string, unknown>>;

/** Names under which personal data or a secret would travel; whatever stands under them is not written. */
const SECRET = [
  'password',
  'authorization',
  'cookie',
  'token',
  'secret',
  'email',
  'phone',
  'givenName',
  'familyName',
  'name',
  'postcode',
  'address',
  'dateOfBirth',
  'body',
  'data',
];

/**
 * JSON lines with a kebab-case code, ids and numbers; never words about a person.
 * An error is written by its name and code: its message may quote a row.
 */
export class Log {
  private constructor(private readonly logger: Logger) {}

  static to(o: { app: string; level?: string; destination?: DestinationStream }): Log {
    const options = {
      base: { app: o.app, pid: process.pid },
      level: o.level ?? 'info',
      messageKey: 'code',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level: string) => ({ level }) },
      redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: '…' },
      mixin: () => {
        const trace = currentTrace();
        return trace ? { traceId: trace.traceId, spanId: trace.spanId } : {};
      },
    };
    return new Log(o.destination ? pino(options, o.destination) : pino(options));
  }

  /** For tests and tools that need a log and want none. */
  static silent(): Log {
    return new Log(pino({ level: 'silent' }));
  }

  debug(code: string, fields: Fields = {}): void {
    this.logger.debug(safe(fields), code);
  }

  info(code: string, fields: Fields = {}): void {
    this.logger.info(safe(fields), code);
  }

  warn(code: string, fields: Fields = {}): void {
    this.logger.warn(safe(fields), code);
  }

  error(code: string, fields: Fields = {}): void {
    this.logger.error(safe(fields), code);
  }

  with(fields: Fields): Log {
    return new Log(this.logger.child(safe(fields)));
  }

  /** Waits until all lines are handed on. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.logger.flush(() => resolve()));
  }
}

const safe = (fields: Fields): Fields => {
  if (!Object.values(fields).some((value) => value instanceof Error)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? described(value) : value]),
  );
};

const described = (error: Error): Fields => {
  const { code } = error as { code?: unknown };
  const stack = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12)
    .map((line) => line.trim());
  return {
    kind: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    at: stack,
    ...(error.cause instanceof Error ? { cause: described(error.cause) } : {}),
  };
};
