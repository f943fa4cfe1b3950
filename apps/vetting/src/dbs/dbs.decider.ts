import type { Learned } from '../checks/check-desk.js';
import { plainName, samePerson } from '../checks/same-person.decider.js';
import type { ProvenPerson } from '../identity/identity.provider.js';
import type { DbsAnswer, DbsQuestion } from './dbs.provider.js';

/** Why the register need not be asked: the certificate cannot be this person's, or nobody has proven who they are (S2). */
export function beforeAsking(question: DbsQuestion, proven: ProvenPerson | null): Learned | null {
  if (!proven) return { is: 'needs-human', code: 'not-asked', reason: 'identity-unproven', body: null };
  const same = samePerson(
    { surname: question.surname, dateOfBirth: question.dateOfBirth },
    { surname: proven.familyName, dateOfBirth: proven.dateOfBirth },
  );
  return same ? null : { is: 'needs-human', code: 'not-asked', reason: 'identity-mismatch', body: null };
}

/** The four answers of the Update Service. Only a blank certificate without news clears; no match is never a no. */
export function dbsLearned(answer: DbsAnswer, proven: ProvenPerson): Learned {
  const body = { ...answer };
  const code = answer.status.toLowerCase().replaceAll('_', '-');
  if (answer.status === 'NO_MATCH_FOUND') return { is: 'ask-again', code, reason: 'no-match' };
  if (plainName(answer.surname ?? '') !== plainName(proven.familyName))
    return { is: 'needs-human', code, reason: 'identity-mismatch', body };
  switch (answer.status) {
    case 'BLANK_NO_NEW_INFO':
      return { is: 'clear', code, body };
    case 'NON_BLANK_NO_NEW_INFO':
      return { is: 'needs-human', code, reason: 'original-needed', body };
    case 'NEW_INFO':
      return { is: 'ask-again', code, reason: 'certificate-replaced' };
  }
}
