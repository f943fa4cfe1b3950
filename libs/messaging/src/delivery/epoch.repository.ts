import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { PartitionEpoch } from '../event-log.js';

export const readEpochs = (tx: Transaction, group: string): Promise<PartitionEpoch[]> =>
  sql(tx).query('select topic, partition, epoch::float8 as epoch from log_epoch where consumer_group = $1', [group]);

export const rememberEpochs = (tx: Transaction, group: string, epochs: readonly PartitionEpoch[]): Promise<unknown> =>
  sql(tx).insert(
    'log_epoch',
    { consumer_group: 'text', topic: 'text', partition: 'int', epoch: 'bigint' },
    epochs.map((epoch) => ({ consumer_group: group, ...epoch })),
    'on conflict (consumer_group, topic, partition) do update set epoch = greatest(log_epoch.epoch, excluded.epoch)',
  );
