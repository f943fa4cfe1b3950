import type { Row } from './drill/drill.js';
import { row as clockAhead } from './clock-ahead.js';
import { row as clockBehind } from './clock-behind.js';
import { row as duplicates } from './duplicates.js';
import { row as inTurn } from './in-turn.js';
import { row as killBroker } from './kill-broker.js';
import { row as killCoordination } from './kill-coordination.js';
import { row as killIntake } from './kill-intake.js';
import { row as killMatching } from './kill-matching.js';
import { row as killNotification } from './kill-notification.js';
import { row as killOperations } from './kill-operations.js';
import { row as killPostgres } from './kill-postgres.js';
import { row as killRedis } from './kill-redis.js';
import { row as killRelay } from './kill-relay.js';
import { row as killVetting } from './kill-vetting.js';
import { row as mailDies } from './mail-dies.js';
import { row as poison } from './poison.js';
import { row as providerDown } from './provider-down.js';
import { row as providerResets } from './provider-resets.js';
import { row as providerSlow } from './provider-slow.js';
import { row as providerWrongShape } from './provider-wrong-shape.js';
import { row as rebalanceStorm } from './rebalance-storm.js';
import { row as redisFlushed } from './redis-flushed.js';
import { row as rehearsal } from './rehearsal.js';
import { row as retryStorm } from './retry-storm.js';
import { row as slowConsumer } from './slow-consumer.js';
import { row as stuckTransaction } from './stuck-transaction.js';
import { row as topicsLower } from './topics-lower.js';
import { row as topicsWiped } from './topics-wiped.js';
import { row as zombieConsumers } from './zombie-consumers.js';
import { row as zombieIntake } from './zombie-intake.js';
import { row as zombieLeader } from './zombie-leader.js';

export const ROWS: Readonly<Record<string, Row>> = {
  'kill-intake': killIntake,
  'kill-vetting': killVetting,
  'kill-matching': killMatching,
  'kill-notification': killNotification,
  'kill-coordination': killCoordination,
  'kill-operations': killOperations,
  'kill-relay': killRelay,
  'kill-broker': killBroker,
  'kill-redis': killRedis,
  'kill-postgres': killPostgres,
  'zombie-consumers': zombieConsumers,
  'zombie-intake': zombieIntake,
  'zombie-leader': zombieLeader,
  'topics-wiped': topicsWiped,
  'topics-lower': topicsLower,
  'redis-flushed': redisFlushed,
  'stuck-transaction': stuckTransaction,
  duplicates: duplicates,
  poison: poison,
  'slow-consumer': slowConsumer,
  'rebalance-storm': rebalanceStorm,
  'provider-down': providerDown,
  'provider-slow': providerSlow,
  'provider-wrong-shape': providerWrongShape,
  'provider-resets': providerResets,
  'mail-dies': mailDies,
  'retry-storm': retryStorm,
  'clock-ahead': clockAhead,
  'clock-behind': clockBehind,
  rehearsal: rehearsal,
  'in-turn': inTurn,
};

/** What `npm test` runs is a part of the rehearsal. */
export const ALL = Object.keys(ROWS).filter((name) => name !== 'in-turn');
