import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '@app/access';
import { NeedCancelled, NeedVerified } from '@app/contracts';
import { Handles, type BatchHandler } from '@app/messaging';
import { Database } from '@app/database';
import { testServices, tinyApp, type TinyApp } from '@app/testing';
import { boot, CONFIG } from './index.js';

@Controller('name')
@Access({ public: true })
class NameController {
  constructor(
    @Inject(CONFIG) private readonly config: { NAME: string },
    private readonly database: Database,
  ) {}

  @Get() name(): object {
    return { name: this.config.NAME, schema: this.database.schema };
  }
}

@Controller('open')
class UnruledController {
  @Get() open(): object {
    return {};
  }
}

@Handles([NeedCancelled], 'coordination.twin', { from: 'now' })
class OneTwin implements BatchHandler {
  handle(): Promise<void> {
    return Promise.resolve();
  }
}
@Handles([NeedVerified], 'coordination.twin', { from: 'now' })
class OtherTwin extends OneTwin {}

const config = z.object({ NAME: z.string() });
const name = async (tiny: TinyApp): Promise<unknown> => (await fetch(`${tiny.running.url}/name`)).json();

describe('apps in one process', () => {
  let one: TinyApp;
  let two: TinyApp;
  beforeAll(async () => {
    one = await tinyApp({ controllers: [NameController], config, environment: { NAME: 'one' } });
    two = await tinyApp({
      name: 'intake',
      beside: one,
      controllers: [NameController],
      config,
      environment: { NAME: 'two' },
    });
  }, 60_000);
  afterAll(async () => {
    await two.stop();
    await one.stop();
  });

  test('share nothing: one can stop while the other goes on', async () => {
    expect(await name(one)).toEqual({ name: 'one', schema: 'coordination' });
    const { running } = await tinyApp({
      name: 'intake',
      beside: one,
      controllers: [NameController],
      config,
      environment: { NAME: 'three' },
    });
    expect(await name(two)).toEqual({ name: 'two', schema: 'intake' });
    await running.stop();
    await expect(fetch(`${running.url}/name`)).rejects.toThrow();
    expect(await name(two)).toEqual({ name: 'two', schema: 'intake' });
  });

  test('joins the real Kafka and says so', async () => {
    const ready = (await (await fetch(`${one.running.adminUrl}/readyz`)).json()) as { dependencies: object };
    expect(ready.dependencies).toMatchObject({ kafka: 'up', postgres: 'up' });
    expect(testServices().kafka.brokers.length).toBe(1);
  });

  test('the access list is served signed, by the app that keeps it and by no other', async () => {
    const response = await fetch(`${one.running.adminUrl}/operator/access`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/jwt']);
    expect((await fetch(`${two.running.adminUrl}/operator/access`)).status).toBe(404);
  });

  test('starts and serves while Kafka is away', async () => {
    const cut = await tinyApp({
      controllers: [NameController],
      config,
      environment: { NAME: 'cut', KAFKA_BROKERS: '127.0.0.1:9' },
    });
    expect(await name(cut)).toMatchObject({ name: 'cut' });
    const response = await fetch(`${cut.running.adminUrl}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ dependencies: expect.objectContaining({ kafka: 'down' }) }),
    ]);
    await cut.stop();
  }, 30_000);

  test('refuses to start: a route without a rule, two consumers of one name, a database that is behind, wrong configuration', async () => {
    await expect(tinyApp({ controllers: [UnruledController] })).rejects.toThrow(/GET \/open .* has no @Access rule/);
    await expect(tinyApp({ providers: [OneTwin, OtherTwin] })).rejects.toThrow(/coordination\.twin/);
    await expect(boot(one.app, { environment: { ...one.environment, NAME: '', PORT: 'x' } })).rejects.toThrow(
      /NAME is missing\n.*PORT is "x"/s,
    );
    await one.sql("delete from coordination.migration where source = 'http'");
    await expect(boot(one.app, { environment: one.environment })).rejects.toThrow(
      /lacks http\/001-idempotency; run npm run migrate/,
    );
  }, 60_000);

  test('whoever dribbles headers is cut off', async () => {
    const began = Date.now();
    const { port } = new URL(two.running.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(Number(port), '127.0.0.1', () => socket.write('GET /name HTTP/1.1\r\n'));
      const dribble = setInterval(() => socket.write('x-a: b\r\n'), 500);
      let text = '';
      socket.on('data', (data) => (text += String(data)));
      socket.on('close', () => {
        clearInterval(dribble);
        resolve(text);
      });
      socket.on('error', reject);
    });
    expect(answer).toContain('408');
    expect(Date.now() - began).toBeLessThan(8000);
  }, 20_000);
});
