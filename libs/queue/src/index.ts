export { defineQueue, type QueueDefinition } from './define-queue.js';
export {
  Feeds,
  Processes,
  linesAmong,
  type Backlog,
  type Feedable,
  type Feeder,
  type Line,
  type Pace,
  type Processor,
} from './roles.js';
export { Circuit, CircuitOpen, type Forced } from './circuit.js';
export { type CircuitState } from './circuit.decider.js';
export { CircuitRepository } from './circuit.repository.js';
export { Circuits } from './circuits.js';
export { Queues, type QueuesOptions, type QueueStats } from './queues.js';
export { QueueBoard, type BoardAnswer, type BoardedQueue } from './queue-board.js';
export { QueueConfig } from './queue.config.js';
export { type Report } from './report.js';
/** The table `circuit`, for the schema of any app. */
export const queueMigrations = new URL('../migrations/', import.meta.url);
