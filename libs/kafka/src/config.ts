import { z } from 'zod';

/** Slice of an app's configuration; the password comes from the secrets folder. */
export const KafkaConfig = z.object({
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^:\s]+:\d+$/)).min(1)),
  KAFKA_USERNAME: z.string().min(1).optional(),
  KAFKA_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('plain'),
  KAFKA_TLS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type KafkaConfig = z.infer<typeof KafkaConfig>;
