import type { Pace } from '@app/queue';
import type { Contact } from '../messages/message.js';
import type { Outcome } from '../messages/outcome.decider.js';
import type { Worded } from '../wording/wording.js';

/** What leaves the house: `id` is the reference at the provider. */
export interface Outgoing {
  readonly id: string;
  readonly to: Contact;
  readonly worded: Worded;
  /** An earlier try may have been taken: ask before sending again, where one can ask. */
  readonly again: boolean;
}

/** A provider. Whatever it says becomes an outcome; nothing is thrown but defects. */
export interface Channel {
  send(message: Outgoing, pace: Pace): Promise<Outcome>;
}
