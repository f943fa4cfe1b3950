import { z } from 'zod';

const days = (standard: number) => z.coerce.number().int().min(1).max(365).default(standard);

/** Slice of an app's configuration. */
export const MessagingConfig = z.object({
  /** Relayed journal rows are kept so long; a log that forgot is rebuilt from them. */
  JOURNAL_DAYS: days(14),
  /** More parked letters a minute than this, and the consumer stops and calls. */
  PARKS_PER_MINUTE: z.coerce.number().int().min(1).default(20),
});
export type MessagingConfig = z.infer<typeof MessagingConfig>;

export const messagingConfig = (given: Partial<Record<keyof MessagingConfig, unknown>> = {}): MessagingConfig =>
  MessagingConfig.parse(given);

/** Twice as long as the journal: whatever the journal may send again is still recognised. */
export const inboxDays = (config: MessagingConfig): number => config.JOURNAL_DAYS * 2;
