import { parse } from 'postcode';

export type ParsedPostcode = { is: 'postcode'; outwardCode: string; postcode: string } | { is: 'malformed' };

/** Length before regular expression: nothing longer can be a postcode. */
const LONGEST = 16;

/** Reads what a person typed; says only whether it has the form of a postcode, not whether the place exists. */
export const parsePostcode = (text: string): ParsedPostcode => {
  if (text.length > LONGEST) return { is: 'malformed' };
  const read = parse(text.toUpperCase().replaceAll(/[\s.-]+/g, ''));
  return read.valid ? { is: 'postcode', outwardCode: read.outcode, postcode: read.postcode } : { is: 'malformed' };
};

/** Forces' and Giro codes, in full or in part, have no place on the map. */
export const isForces = (text: string): boolean => /^\s*(BF[0-9]|BFPO|GIR)/.test(text.toUpperCase());
