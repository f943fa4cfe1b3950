import type { Learned } from '../checks/check-desk.js';
import { samePerson } from '../checks/same-person.decider.js';
import type { IdentityAnswer, ProvenPerson } from './identity.provider.js';

/** What the provider's answer means for a check. A person who comes back under another name is for people to judge. */
export function identityLearned(answer: IdentityAnswer, claimed: ProvenPerson, silentAt: Date): Learned {
  switch (answer.is) {
    case 'pending':
      return { is: 'taken', session: answer.session, silentAt, url: answer.url };
    case 'expired':
      return { is: 'ask-again', code: 'expired', reason: 'session-expired' };
    case 'failed':
      return answer.reason === 'cancelled'
        ? { is: 'ask-again', code: 'cancelled', reason: 'session-cancelled' }
        : { is: 'needs-human', code: 'failed', reason: answer.reason, body: null };
    case 'verified': {
      const body = { ...answer.person, level: answer.level };
      const same = samePerson(
        { surname: answer.person.familyName, dateOfBirth: answer.person.dateOfBirth },
        { surname: claimed.familyName, dateOfBirth: claimed.dateOfBirth },
      );
      return same
        ? { is: 'clear', code: 'verified', body }
        : { is: 'needs-human', code: 'verified', reason: 'identity-mismatch', body };
    }
  }
}
