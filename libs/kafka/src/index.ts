export { KafkaConfig } from './config.js';
export { KafkaEventLog, createTopics, type KafkaOptions } from './kafka-event-log.js';
export { headersBySdk, headersOf } from './cloud-event.js';
