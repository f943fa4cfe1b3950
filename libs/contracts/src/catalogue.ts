import type { EventDefinition } from './define-event.js';
import { ActivationOpened } from './coordination/activation-opened.v1.js';
import { ActivationTransitioned } from './coordination/activation-transitioned.v1.js';
import { NeedVerified } from './coordination/need-verified.v1.js';
import { NeedCancelled } from './coordination/need-cancelled.v1.js';
import { ApplicationSubmitted } from './intake/application-submitted.v1.js';
import { AvailabilityGiven } from './intake/availability-given.v1.js';
import { ContactGiven } from './intake/contact-given.v1.js';
import { TaskAnswered } from './intake/task-answered.v1.js';
import { OfferAnswered } from './intake/offer-answered.v1.js';
import { ApplicationWithdrawn } from './intake/application-withdrawn.v1.js';
import { ApplicationErased } from './intake/application-erased.v1.js';
import { ApplicationPaused } from './intake/application-paused.v1.js';
import { ApplicationResumed } from './intake/application-resumed.v1.js';
import { MessageRequested } from './intake/message-requested.v1.js';
import { IntakeTallied } from './intake/activation-tallied.v1.js';
import { TaskSet } from './vetting/task-set.v1.js';
import { CheckSent } from './vetting/check-sent.v1.js';
import { CheckDelayed } from './vetting/check-delayed.v1.js';
import { CheckDetermined } from './vetting/check-determined.v1.js';
import { ApplicationReferred } from './vetting/application-referred.v1.js';
import { ApplicationCleared } from './vetting/application-cleared.v1.js';
import { ApplicationConditionallyCleared } from './vetting/application-conditionally-cleared.v1.js';
import { ApplicationDeclined } from './vetting/application-declined.v1.js';
import { VettingTallied } from './vetting/activation-tallied.v1.js';
import { ApplicationAdmitted } from './matching/application-admitted.v1.js';
import { OfferMade } from './matching/offer-made.v1.js';
import { OfferLapsed } from './matching/offer-lapsed.v1.js';
import { OfferDeclined } from './matching/offer-declined.v1.js';
import { OfferWithdrawn } from './matching/offer-withdrawn.v1.js';
import { OfferRefused } from './matching/offer-refused.v1.js';
import { AssignmentConfirmed } from './matching/assignment-confirmed.v1.js';
import { AssignmentCancelled } from './matching/assignment-cancelled.v1.js';
import { NeedStaffed } from './matching/need-staffed.v1.js';
import { MatchingTallied } from './matching/activation-tallied.v1.js';
import { MessageSent } from './notification/message-sent.v1.js';
import { MessageDelivered } from './notification/message-delivered.v1.js';
import { MessageFailed } from './notification/message-failed.v1.js';
import { NotificationTallied } from './notification/activation-tallied.v1.js';

/** Every event version ever published; an event that is missing here cannot be published or consumed. */
export const EVENTS: readonly EventDefinition[] = [
  ActivationOpened as unknown as EventDefinition,
  ActivationTransitioned as unknown as EventDefinition,
  NeedVerified as unknown as EventDefinition,
  NeedCancelled as unknown as EventDefinition,
  ApplicationSubmitted as unknown as EventDefinition,
  AvailabilityGiven as unknown as EventDefinition,
  ContactGiven as unknown as EventDefinition,
  TaskAnswered as unknown as EventDefinition,
  OfferAnswered as unknown as EventDefinition,
  ApplicationWithdrawn as unknown as EventDefinition,
  ApplicationErased as unknown as EventDefinition,
  ApplicationPaused as unknown as EventDefinition,
  ApplicationResumed as unknown as EventDefinition,
  MessageRequested as unknown as EventDefinition,
  IntakeTallied as unknown as EventDefinition,
  TaskSet as unknown as EventDefinition,
  CheckSent as unknown as EventDefinition,
  CheckDelayed as unknown as EventDefinition,
  CheckDetermined as unknown as EventDefinition,
  ApplicationReferred as unknown as EventDefinition,
  ApplicationCleared as unknown as EventDefinition,
  ApplicationConditionallyCleared as unknown as EventDefinition,
  ApplicationDeclined as unknown as EventDefinition,
  VettingTallied as unknown as EventDefinition,
  ApplicationAdmitted as unknown as EventDefinition,
  OfferMade as unknown as EventDefinition,
  OfferLapsed as unknown as EventDefinition,
  OfferDeclined as unknown as EventDefinition,
  OfferWithdrawn as unknown as EventDefinition,
  OfferRefused as unknown as EventDefinition,
  AssignmentConfirmed as unknown as EventDefinition,
  AssignmentCancelled as unknown as EventDefinition,
  NeedStaffed as unknown as EventDefinition,
  MatchingTallied as unknown as EventDefinition,
  MessageSent as unknown as EventDefinition,
  MessageDelivered as unknown as EventDefinition,
  MessageFailed as unknown as EventDefinition,
  NotificationTallied as unknown as EventDefinition,
];

const byType = new Map(EVENTS.map((event) => [event.type, event]));
if (byType.size !== EVENTS.length) throw new Error('two events share a type');

export const eventOfType = (type: string): EventDefinition | undefined => byType.get(type);

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** What is older is gone for good, also what people who were erased meanwhile had said in the clear (S17). */
  readonly retentionMs: number;
}

/** As long as the journal, from which a topic can be built anew. */
const RETENTION_DAYS = 14;

/** Every topic there is; `npm run migrate` makes them. */
export const TOPICS: readonly Topic[] = [...new Set(EVENTS.map((event) => event.topic))]
  .sort()
  .map((name) => ({ name, partitions: 12, retentionMs: RETENTION_DAYS * 86_400_000 }));
