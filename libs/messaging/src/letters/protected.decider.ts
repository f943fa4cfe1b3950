import { withoutVersion } from '../envelope.js';

/** What ends or opens something for a person: nobody edits it, and to discard it takes two (S3). */
const PROTECTED = new Set([
  'vetting.check-determined',
  'vetting.application-cleared',
  'vetting.application-conditionally-cleared',
  'vetting.application-declined',
  'intake.application-withdrawn',
  'intake.application-erased',
  'coordination.activation-opened',
]);
/** Types that a later issue adds are protected by their name from the first day. */
const BY_NAME = /-(determined|cleared|held|released|erased|approved)$/;

export const isProtected = (type: string | null): boolean => {
  if (type === null) return false;
  const family = withoutVersion(type);
  return PROTECTED.has(family) || BY_NAME.test(family);
};
