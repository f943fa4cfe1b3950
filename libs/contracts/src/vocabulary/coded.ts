import { z } from 'zod';

/**
 * Every text in an event is coded: an id, an instant, an enumerated value, or one of the formats registered here.
 * A bare string could carry a name or a note into a topic, so `defineEvent` refuses it (S16).
 */
const formats = z.registry<{ why: string }>();

/** Registers a closed text format, saying why nobody can hide free text in it. */
export const coded = <S extends z.ZodType>(why: string, schema: S): S => {
  formats.add(schema, { why });
  return schema;
};

export const isCoded = (schema: z.core.$ZodType): boolean => formats.has(schema as z.ZodType);

/** RFC 3339 in UTC, as `Date#toISOString` writes it. */
export const Timestamp = z.iso.datetime();
export const Day = z.iso.date();
export const Id = z.uuid();
