import type { Arrived } from '@app/messaging';
import type { KafkaMessage } from 'kafkajs';

export const arrivedFrom = (topic: string, partition: number, message: KafkaMessage): Arrived => ({
  topic,
  partition,
  offset: message.offset,
  key: message.key?.toString('utf8') ?? '',
  headers: textsOf(message.headers),
  value: message.value,
});

const textsOf = (headers: KafkaMessage['headers']): Record<string, string> => {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) texts[name] = first.toString();
  }
  return texts;
};
