import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Access, Who, type Caller } from '@app/access';
import { DomainError } from '@app/database';
import { Idempotency, IdempotencyKey } from '@app/http';
import { tinyApp, type TinyApp } from './tiny-app.fixture.js';

const Thing = z.object({
  name: z.string().min(1).max(20),
  size: z.number().int().min(1).max(10),
  kind: z.enum(['big', 'small']),
  tags: z.array(z.string().max(5)).max(3).default([]),
  place: z.object({ outwardCode: z.string().regex(/^[A-Z]{2}[0-9]$/, 'outward-code-malformed') }),
});

let runs = 0;

@Controller('things')
@Access({ public: true })
class ThingsController {
  constructor(private readonly idempotency: Idempotency) {}

  @Get() all(): object {
    return { items: [], next: null };
  }

  @Get('broken') broken(): object {
    throw new Error('the password is hunter2');
  }

  @Get('domain') domain(): object {
    throw new DomainError('second-person-needed');
  }

  @Get('staff') @Access({ staff: ['operator'] }) staff(@Who() who: Caller): object {
    return who;
  }

  @Post('staff') @HttpCode(200) @Access({ staff: ['operator'] }) act(@Who() who: Caller): object {
    return who;
  }

  @Get(':id') one(@Param('id', { schema: z.uuid() }) id: string): object {
    return { id };
  }

  @Post() @HttpCode(202) make(@IdempotencyKey() key: string, @Body({ schema: Thing }) thing: z.infer<typeof Thing>) {
    return this.idempotency.once({ caller: 'public', route: 'POST /things', key, body: thing }, async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { status: 202, body: { number: runs } };
    });
  }
}

const good = { name: 'Ann', size: 3, kind: 'big', place: { outwardCode: 'OL1' } };

describe('a booted app', () => {
  let tiny: TinyApp;
  beforeAll(async () => {
    tiny = await tinyApp({ controllers: [ThingsController] });
  }, 30_000);
  afterAll(() => tiny.stop());

  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(tiny.running.url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  };
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask('/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
    });

  test('answers, and says that it is alive and ready on the other listener only', async () => {
    expect((await ask('/things')).body).toEqual({ items: [], next: null });
    expect((await fetch(`${tiny.running.adminUrl}/livez`)).status).toBe(200);
    expect(await (await fetch(`${tiny.running.adminUrl}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(await (await fetch(`${tiny.running.adminUrl}/metrics`)).text()).toContain('process_cpu');
    expect((await ask('/metrics')).status).toBe(404);
  });
});
