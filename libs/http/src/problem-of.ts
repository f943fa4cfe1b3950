import { HttpException } from '@nestjs/common';
import { DomainError, failureOf } from '@app/database';
import { BatchFull } from './micro-batch.js';
import { Problem } from './problem.js';
import { PROBLEMS, typeOfStatus } from './problem-catalogue.js';

interface FastifyFault {
  readonly code?: string;
  readonly statusCode?: number;
}

const FASTIFY: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_EMPTY_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'not-json',
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'address-too-long',
};

/** The one place that knows what a failure is in HTTP. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DomainError) {
    return new Problem({ type: error.code, status: PROBLEMS[error.code] ?? 409 });
  }
  if (error instanceof BatchFull)
    return new Problem({ type: 'overloaded', status: 503, headers: { 'retry-after': '2' } });
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return new Problem({ type: typeOfStatus(status), status });
  }
  const fault = (error ?? {}) as FastifyFault;
  const type = typeof fault.code === 'string' ? FASTIFY[fault.code] : undefined;
  if (type) return new Problem({ type, status: PROBLEMS[type]! });
  if (typeof fault.code === 'string' && fault.code.startsWith('FST_') && (fault.statusCode ?? 500) < 500) {
    return new Problem({ type: typeOfStatus(fault.statusCode!), status: fault.statusCode! });
  }
  switch (failureOf(error)) {
    case 'transient':
      return new Problem({ type: 'unavailable', status: 503, headers: { 'retry-after': '2' } });
    case 'data':
      // What PostgreSQL refuses as data came from the caller: unique and foreign keys are conflicts, the rest is unreadable.
      return String(fault.code).startsWith('23')
        ? new Problem({ type: 'conflict', status: 409 })
        : new Problem({ type: 'bad-request', status: 400 });
    default:
      return new Problem({ type: 'internal', status: 500 });
  }
}
