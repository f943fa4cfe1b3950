import { z } from 'zod';

/** `REDIS_URL` comes from the file `redis-url` of the app's secrets; the Redis user may touch keys under the app's name only. */
export const QueueConfig = z.object({ REDIS_URL: z.url({ protocol: /^rediss?$/ }) });
export type QueueConfig = z.infer<typeof QueueConfig>;
