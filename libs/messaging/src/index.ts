export { Transactions, type Fact, type Tx } from './tx.js';
export { InvalidFact } from './journal/publication.js';
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
  type Subscription,
} from './event-log.js';
