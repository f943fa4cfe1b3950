import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '@app/boot';
import { Problem, unavailable, type InvalidParam } from '@app/http';
import { ServiceTokenMinter, STAFF_HEADER } from '@app/operator';
import type { AppAddress, OperationsConfig } from './app-addresses.js';

/** Longer than an app waits for any of its parts, so that a sick part does not make the app look dead. */
const LOOK_MS = 3000;
const ACT_MS = 25_000;

export interface Answered<T> extends AppAddress {
  /** Null: it could not be asked. */
  readonly answer: T | null;
}

/** The operator ports of all apps. Every call is signed for one app and act and carries the credential of the person who asks. */
@Injectable()
export class AppPorts implements OnModuleInit {
  private minter: ServiceTokenMinter | null = null;

  constructor(@Inject(CONFIG) private readonly config: OperationsConfig) {}

  async onModuleInit(): Promise<void> {
    const file = join(this.config.SECRETS_DIR, 'operations.jwk');
    this.minter = await ServiceTokenMinter.with(JSON.parse(readFileSync(file, 'utf8')));
  }

  get apps(): readonly string[] {
    return [...new Set(this.config.OPERATOR_URLS.map(({ app }) => app))];
  }

  /** Asks every instance at once; who does not answer in three seconds is away. */
  everyInstance<T>(path: string, staffToken: string): Promise<Answered<T>[]> {
    return Promise.all(
      this.config.OPERATOR_URLS.map(async (address) => ({
        ...address,
        answer: await this.call<T>(address, 'GET', path, undefined, staffToken, LOOK_MS).catch(() => null),
      })),
    );
  }

  /** One answer per app: instances share their tables, so the first that answers speaks for all. */
  everyApp<T>(path: string, staffToken: string): Promise<{ app: string; answer: T | null }[]> {
    return Promise.all(
      this.apps.map(async (app) => ({ app, answer: await this.ask<T>(app, path, staffToken).catch(() => null) })),
    );
  }

  /** @throws Problem as the app gave it; unavailable when none of its instances answers */
  ask<T>(app: string, path: string, staffToken: string): Promise<T> {
    return this.firstOf<T>(app, 'GET', path, undefined, staffToken, LOOK_MS);
  }

  act<T>(app: string, path: string, body: unknown, staffToken: string): Promise<T> {
    return this.firstOf<T>(app, 'POST', path, body, staffToken, ACT_MS);
  }

  private async firstOf<T>(
    app: string,
    method: string,
    path: string,
    body: unknown,
    staffToken: string,
    ms: number,
  ): Promise<T> {
    for (const address of this.config.OPERATOR_URLS.filter((one) => one.app === app)) {
      try {
        return await this.call<T>(address, method, path, body, staffToken, ms);
      } catch (error) {
        if (error instanceof Problem) throw error;
        // An act whose answer was lost may have happened: it is not sent to another instance.
        if (method !== 'GET' && !neverArrived(error)) break;
      }
    }
    throw unavailable(2);
  }

  private async call<T>(
    { app, url }: AppAddress,
    method: string,
    path: string,
    body: unknown,
    staffToken: string,
    ms: number,
  ): Promise<T> {
    const bound = { method, path: path.split('?', 1)[0]!, body, staffToken };
    const token = await this.minter!.mint(app, bound);
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(ms),
      headers: {
        authorization: `Bearer ${token}`,
        [STAFF_HEADER]: staffToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T;
    if (!response.ok) throw problemFrom(response.status, answer as Told);
    return answer;
  }
}

interface Told {
  readonly type?: string;
  readonly invalidParams?: readonly InvalidParam[];
}

const problemFrom = (status: number, told: Told): Problem =>
  new Problem({
    type: (told.type ?? '/problems/internal').replace('/problems/', ''),
    status,
    ...(told.invalidParams ? { invalidParams: told.invalidParams } : {}),
    ...(status === 503 ? { headers: { 'retry-after': '2' } } : {}),
  });

const neverArrived = (error: unknown): boolean =>
  ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'].includes(
    String(((error as Error).cause as { code?: unknown } | undefined)?.code),
  );
