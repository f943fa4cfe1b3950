import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '@app/boot';
import { QueueBoard, type BoardAnswer, type BoardedQueue } from '@app/queue';
import type { OperationsConfig } from '../ports/app-addresses.js';

/** Opened by whoever looks first: operations itself needs no Redis, and starts without one that answers. */
@Injectable()
export class ReadOnlyBoard implements OnModuleInit, OnModuleDestroy {
  private redisUrl = '';
  private board: QueueBoard | null = null;

  constructor(@Inject(CONFIG) private readonly config: OperationsConfig) {}

  onModuleInit(): void {
    this.redisUrl = readFileSync(join(this.config.SECRETS_DIR, 'redis-url'), 'utf8').trim();
  }

  answer(
    path: string,
    query: Readonly<Record<string, unknown>>,
    queues: readonly BoardedQueue[],
  ): Promise<BoardAnswer | 'nothing-there' | 'redis-away'> {
    this.board ??= new QueueBoard({
      redisUrl: this.redisUrl,
      at: '/ops/queues/',
      title: 'Queues',
      back: { text: 'How the queues stand', url: '/ops/waiting' },
    });
    return this.board.answer(path, query, queues);
  }

  async onModuleDestroy(): Promise<void> {
    await this.board?.close();
  }
}
