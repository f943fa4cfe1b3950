import { z } from 'zod';
import { isCoded } from './vocabulary/coded.js';

export const CONTEXTS = ['coordination', 'intake', 'vetting', 'matching', 'notification', 'operations'] as const;
export type Context = (typeof CONTEXTS)[number];

/**
 * One version of one fact.
 * - `type`: `context.noun-past.vN`, the name on the wire for ever.
 * - `topic`: `context.noun`, written by that context only.
 * - `key`: whose order matters; becomes the Kafka key.
 * - `data`: what producers must write, to the letter; consumers read it loosely, so optional fields can be added.
 * - `erasable`: the key names a person; after erasure the event is dropped before any handler sees it (S17).
 * - `erases`: the key names a person who is gone; whoever takes it also scrubs journal and letters of them.
 */
export interface EventDefinition<D extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly topic: string;
  readonly context: Context;
  readonly version: number;
  readonly data: D;
  readonly loose: z.ZodType<z.output<D>>;
  readonly key: (data: z.output<D>) => string;
  readonly says: string;
  readonly erasable: boolean;
  readonly erases: boolean;
}

export type DataOf<E> = E extends EventDefinition<infer D> ? z.output<D> : never;

interface Declared<D extends z.ZodObject> {
  readonly type: string;
  readonly topic: string;
  readonly key: (data: z.output<D>) => string;
  readonly data: D;
  /** One sentence for the AsyncAPI document: what has happened. */
  readonly says: string;
  /** The event by which others learn of the erasure must still reach them. */
  readonly outlivesErasure?: true;
}

const TYPE = /^([a-z]+)\.([a-z]+(?:-[a-z]+)+)\.v([1-9][0-9]*)$/;
const NOT_A_FACT = /-(updated|changed|processed)$/;

/** Declares an event; throws when its name or its data break the house rules, so that a wrong contract cannot be built. */
export function defineEvent<D extends z.ZodObject>(declared: Declared<D>): EventDefinition<D> {
  const [, context, noun, version] = TYPE.exec(declared.type) ?? [];
  if (!context || !noun || !(CONTEXTS as readonly string[]).includes(context)) {
    throw new Error(`${declared.type}: an event is named context.noun-past.vN`);
  }
  if (NOT_A_FACT.test(noun)) throw new Error(`${declared.type}: name the outcome, not the mechanism`);
  if (!declared.topic.startsWith(`${context}.`))
    throw new Error(`${declared.type}: ${declared.topic} belongs to another context`);
  refuseFreeText(declared.data, declared.type);
  const { outlivesErasure: erases = false, ...event } = declared;
  return {
    ...event,
    context: context as Context,
    version: Number(version),
    loose: z.looseObject(declared.data.shape) as unknown as z.ZodType<z.output<D>>,
    erasable: 'applicationId' in declared.data.shape && !erases,
    erases,
  };
}

/** Walks a schema; a text that is neither a known format nor registered could smuggle personal data into a topic. */
function refuseFreeText(schema: z.core.$ZodType, path: string): void {
  if (isCoded(schema)) return;
  const def = schema._zod.def as z.core.$ZodTypeDef & Record<string, unknown>;
  switch (def.type) {
    case 'string':
      if (!['uuid', 'datetime', 'date'].includes(String((def as { format?: string }).format))) {
        throw new Error(`${path}: a bare string; use a coded type of the vocabulary`);
      }
      return;
    case 'object':
      for (const [name, member] of Object.entries(def.shape as Record<string, z.core.$ZodType>))
        refuseFreeText(member, `${path}.${name}`);
      return;
    case 'array':
      return refuseFreeText(def.element as z.core.$ZodType, `${path}[]`);
    case 'record':
      refuseFreeText(def.keyType as z.core.$ZodType, `${path}{key}`);
      return refuseFreeText(def.valueType as z.core.$ZodType, `${path}{}`);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      return refuseFreeText(def.innerType as z.core.$ZodType, path);
    case 'union':
      for (const option of def.options as z.core.$ZodType[]) refuseFreeText(option, path);
      return;
    case 'enum':
    case 'literal':
    case 'number':
    case 'int':
    case 'boolean':
    case 'null':
      return;
    default:
      throw new Error(`${path}: ${def.type} is not allowed in an event`);
  }
}
