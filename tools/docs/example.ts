import {
  OutwardCode,
  PublicName,
  ReasonCode,
  Reference,
  RoleCode,
  Sealed,
  Slug,
  type EventDefinition,
} from '@app/contracts';
import type { z } from 'zod';

const CODED = new Map<z.core.$ZodType, string>([
  [RoleCode, 'sandbags'],
  [Slug, 'greater-manchester-floods'],
  [OutwardCode, 'OL1'],
  [Reference, 'MU-7K4D-93TQ-X'],
  [PublicName, 'Action Together, Oldham'],
  [Sealed, `s1.${'Q2lwaGVydGV4dCBvZiBub3RoaW5n'.repeat(2)}`],
  [ReasonCode, 'no-places-left'],
]);

/** An example of an event's data: with every optional field, or with none. */
export const exampleOf = (event: EventDefinition, optional: boolean): unknown => {
  let ids = 0;
  const make = (schema: z.core.$ZodType): unknown => {
    const coded = CODED.get(schema);
    if (coded !== undefined) return coded;
    const def = schema._zod.def as z.core.$ZodTypeDef & Record<string, any>;
    switch (def.type) {
      case 'string':
        return texts[String(def.format)]?.(++ids) ?? fail(schema);
      case 'number':
      case 'int':
        return Math.max(2, (schema as z.ZodNumber).minValue ?? 2);
      case 'boolean':
        return true;
      case 'null':
        return null;
      case 'enum':
        return Object.values(def.entries)[0];
      case 'literal':
        return def.values[0];
      case 'array':
        return [make(def.element)];
      case 'record':
        return recordOf(def, make);
      case 'nullable':
        return optional ? make(def.innerType) : null;
      case 'optional':
        return optional ? make(def.innerType) : undefined;
      case 'default':
      case 'readonly':
        return make(def.innerType);
      case 'union':
        return make(def.options[0]);
      case 'object': {
        const members = Object.entries(def.shape as Record<string, z.core.$ZodType>)
          .map(([name, member]) => [name, make(member)] as const)
          .filter(([, value]) => value !== undefined);
        return Object.fromEntries(members);
      }
      default:
        return fail(schema);
    }
  };
  return event.data.parse(make(event.data));
};

/** A record over an enumeration must name every member. */
const recordOf = (def: Record<string, any>, make: (schema: z.core.$ZodType) => unknown): unknown => {
  const key = def.keyType._zod.def;
  const names = key.type === 'enum' ? (Object.values(key.entries) as string[]) : [String(make(def.keyType))];
  return Object.fromEntries(names.map((name) => [name, make(def.valueType)]));
};

const texts: Record<string, (n: number) => string> = {
  uuid: (n) => `0192f000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  datetime: () => '2026-11-22T10:00:00.000Z',
  date: () => '2026-11-22',
};

const fail = (schema: z.core.$ZodType): never => {
  throw new Error(`no example for ${schema._zod.def.type}; add it to tools/docs/example.ts`);
};
