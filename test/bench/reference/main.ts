/**
 * The second peer: what a careful team would write first. Nest on Express, class-validator on the body, TypeORM `save` of
 * an application and its journal row in one transaction. No encryption, no idempotency, no access check, no metrics.
 */
import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ApplicationForm } from './application-form.js';
import { Application, Journal } from './entities.js';

@Controller('v1/applications')
class ApplicationsController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Post()
  @HttpCode(202)
  async submit(@Body() form: ApplicationForm): Promise<{ id: string; reference: string; state: string }> {
    const id = randomUUID();
    const reference = `MU-${randomBytes(5).toString('hex').toUpperCase()}`;
    const { givenName, familyName, email, phone, ...rest } = form;
    await this.dataSource.transaction(async (manager) => {
      await manager.save(
        manager.create(Application, {
          ...{ id, reference, givenName, familyName, email: email ?? null, phone: phone ?? null },
          ...{ state: 'submitted', submittedAt: new Date(), form: rest },
        }),
      );
      await manager.save(
        manager.create(Journal, { type: 'application-submitted', key: id, data: { id, reference, ...rest } }),
      );
    });
    return { id, reference, state: 'submitted' };
  }
}

const dataSource = await new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL!,
  schema: 'reference',
  entities: [Application, Journal],
  poolSize: 20,
  logging: false,
}).initialize();
await dataSource.query('create schema if not exists reference');
await dataSource.synchronize();

@Module({ controllers: [ApplicationsController], providers: [{ provide: DataSource, useValue: dataSource }] })
class ReferenceModule {}

const app = await NestFactory.create(ReferenceModule, { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true, errorHttpStatusCode: 422 }));
await app.listen(0, '127.0.0.1');
process.send!({ url: await app.getUrl() });
process.on('disconnect', () => process.exit(0));
