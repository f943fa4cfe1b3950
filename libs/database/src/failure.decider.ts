import { DomainError } from './domain-error.js';

/** `data`: these rows will never fit. `transient`: the same rows fit later. `unknown`: a surprise in our own code. */
export type Failure = 'data' | 'transient' | 'unknown';

/** SQLSTATE classes: data exception and integrity violation against connection, rollback, resources, object state, intervention, system. */
const DATA = ['22', '23'];
const TRANSIENT = ['08', '40', '53', '55', '57', '58'];
/** idle-in-transaction, transaction and idle-session timeouts, read-only after a failover, a closed prepared transaction. */
const TRANSIENT_STATES = ['25P03', '25P04', '25006', 'XX000'];
const SOCKET = [
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ECONNABORTED',
];
/** The driver gives these no code. */
const LOST =
  /connection (terminated|ended|error)|timeout (exceeded|expired)|client (was closed|has encountered|is closed)/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;

const statesOf = (error: unknown): { code?: unknown; message?: unknown; cause?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

export const failureOf = (error: unknown): Failure => {
  if (error instanceof DomainError) return 'data';
  const { code, message, cause } = statesOf(error);
  if (typeof code === 'string') {
    if (SOCKET.includes(code)) return 'transient';
    if (SQLSTATE.test(code)) {
      if (DATA.includes(code.slice(0, 2))) return 'data';
      if (TRANSIENT.includes(code.slice(0, 2)) || TRANSIENT_STATES.includes(code)) return 'transient';
      return 'unknown';
    }
  }
  if (typeof message === 'string' && LOST.test(message)) return 'transient';
  return cause === undefined ? 'unknown' : failureOf(cause);
};

/** One statement, or the whole transaction, took longer than we allow; stopping it by hand has the same code and other words. */
export const ranOut = (error: unknown): boolean => {
  const { code, message, cause } = statesOf(error);
  if (code === '25P04') return true;
  if (code === '57014') return typeof message === 'string' && message.includes('statement timeout');
  return cause !== undefined && ranOut(cause);
};

/** What may be stored or logged of an error: a code, never a message, which may quote a row (S15). */
export const codeOf = (error: unknown): string => {
  const { code, cause } = statesOf(error);
  const { constraint } = statesOf(error) as { constraint?: unknown };
  if (typeof code === 'string' && code !== '') return typeof constraint === 'string' ? `${code}:${constraint}` : code;
  if (cause !== undefined) return codeOf(cause);
  return error instanceof Error ? error.name : typeof error;
};
