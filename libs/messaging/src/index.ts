export { Transactions, type Tx } from './tx.js';
export { InvalidFact, type Fact } from './journal/publication.js';
export { messageIdOf, mintedAt, uuidv7 } from './uuid.js';
export { foldByKey, type Batch, type Received } from './delivery/received.js';
export {
  Handles,
  Projects,
  consumesOf,
  type BatchHandler,
  type ConsumerOptions,
  type Consumes,
  type Projection,
} from './delivery/handles.js';
export { Sweeps, sweepsOf, type Sweeper, type SweepOptions, type Swept } from './sweeps/sweeps.js';
export {
  StopTopics,
  type Acknowledged,
  type Arrived,
  type Consumption,
  type Envelope,
  type EventLog,
  type LogPositions,
  type NewTopic,
  type Subscription,
} from './event-log.js';
export { MemoryEventLog } from './memory-event-log.js';
export { Messaging, type ConsumerView, type MessagingOptions } from './messaging.js';
export { MessagingConfig } from './config.js';
export { ConsumersRefused, Registry } from './delivery/registry.js';
export { Delivery } from './delivery/delivery.js';
export {
  Letters,
  type DiscardOutcome,
  type EditOutcome,
  type LetterDetail,
  type ReplayOutcome,
} from './letters/letters.js';
export type { Letter, LetterFilter, LetterState } from './letters/dead-letter.repository.js';
export { scrub } from './scrub.js';
export { isProtected } from './letters/protected.decider.js';
export { attributesOf, readArrived, sourceOf } from './envelope.js';
export type { EpochMemory, PartitionEpoch } from './event-log.js';
