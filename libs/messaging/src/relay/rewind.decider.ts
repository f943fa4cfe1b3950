import type { LogPositions } from '../event-log.js';
import type { Cursor } from './cursor.repository.js';

export type Memory = { is: 'remembers' } | { is: 'new' } | { is: 'forgot'; topics: readonly string[] };

/**
 * Does the log still hold what it acknowledged? A lower end than ours, a missing topic or another log says no.
 * @param lost topics that are known to be lost already
 */
export const memoryOf = (cursor: Cursor, log: LogPositions, lost: readonly string[] = []): Memory => {
  const known = Object.keys(cursor.acknowledged);
  if (cursor.logId === null) return { is: 'new' };
  if (cursor.logId !== log.logId) return known.length > 0 ? { is: 'forgot', topics: known.sort() } : { is: 'new' };
  const forgot = known.filter(
    (topic) =>
      lost.includes(topic) ||
      Object.entries(cursor.acknowledged[topic] ?? {}).some(
        ([partition, offset]) => BigInt(log.ends[topic]?.[Number(partition)] ?? '0') <= BigInt(offset),
      ),
  );
  return forgot.length > 0 ? { is: 'forgot', topics: forgot.sort() } : { is: 'remembers' };
};

/**
 * Back to the beginning of the journal for the topics that were lost; the others are not sent twice.
 * Readers know by the grown epoch that the topic was built anew, and what they had by their inbox.
 */
export const rewound = (cursor: Cursor, log: LogPositions, topics: readonly string[]): Cursor => {
  const stillLacking = cursor.seq < cursor.againUntil ? cursor.againTopics : [];
  const lost = [...new Set([...topics, ...stillLacking])].sort();
  const kept = Object.entries(cursor.acknowledged).filter(([topic]) => !lost.includes(topic));
  return {
    seq: 0,
    logId: log.logId,
    acknowledged: Object.fromEntries(kept),
    epochs: {
      ...cursor.epochs,
      ...Object.fromEntries(topics.map((topic) => [topic, (cursor.epochs[topic] ?? 0) + 1])),
    },
    againUntil: Math.max(cursor.seq, cursor.againUntil),
    againTopics: lost,
  };
};
