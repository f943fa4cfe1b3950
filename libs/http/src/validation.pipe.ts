import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { invalidParamsOf, type Issue } from './invalid-params.js';
import { notFound, unprocessable } from './problem.js';

interface Standard {
  readonly '~standard': {
    validate(value: unknown): Validated | Promise<Validated>;
  };
}
type Validated = { readonly value?: unknown; readonly issues?: readonly Issue[] | undefined };

/** Checks what stands under `@Body({ schema })`, `@Query({ schema })`, `@Param('id', { schema })`, and lists all that is wrong. */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const schema = (metadata as { schema?: Standard }).schema;
    if (!schema || metadata.type === 'custom') return value;
    const result = schema['~standard'].validate(value);
    return result instanceof Promise
      ? result.then((late) => settle(late, value, metadata))
      : settle(result, value, metadata);
  }
}

function settle(result: Validated, value: unknown, metadata: ArgumentMetadata): unknown {
  if (!result.issues) return result.value;
  // An id that cannot be one names nothing that exists.
  if (metadata.type === 'param') throw notFound();
  throw unprocessable(invalidParamsOf(result.issues, value));
}
