import { Injectable } from '@nestjs/common';
import { encodeCursor, notFound, Problem, type Page } from '@app/http';
import type { LetterDetailView, LetterView } from '@app/operator';
import { AppPorts } from '../ports/app-ports.js';

export type AppLetter = LetterView & { readonly app: string };
export type AppLetterDetail = LetterDetailView & { readonly app: string };

/** Filter, limit and cursor as they came; each app reads them again. */
export type Asked = Readonly<Record<string, string | undefined>>;

const SIZE = 50;

@Injectable()
export class LettersQuery {
  constructor(private readonly ports: AppPorts) {}

  /** The newest of all apps; ids are time-ordered, so one cursor serves every app. */
  async list(asked: Asked, staffToken: string): Promise<Page<AppLetter>> {
    const limit = Math.min(200, Math.max(1, Number(asked['limit'] ?? SIZE) || SIZE));
    const query = new URLSearchParams({ ...defined(asked), limit: String(limit) });
    const pages = await this.ports.everyApp<Page<LetterView>>(`/operator/letters?${query}`, staffToken);
    const letters = pages
      .flatMap(({ app, answer }) => (answer?.items ?? []).map((letter) => ({ app, ...letter })))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const more = letters.length > limit || pages.some(({ answer }) => answer?.next);
    const items = letters.slice(0, limit);
    return { items, next: more && items.length > 0 ? encodeCursor(items.at(-1)!.id) : null };
  }

  /** @throws not found, once every app has answered; who could not be asked may be the one that has it */
  async one(id: string, staffToken: string): Promise<AppLetterDetail> {
    const path = `/operator/letters/${encodeURIComponent(id)}`;
    const found = await Promise.all(
      this.ports.apps.map(async (app) => {
        try {
          return { app, ...(await this.ports.ask<LetterDetailView>(app, path, staffToken)) };
        } catch (error) {
          if (error instanceof Problem) return error;
          throw error;
        }
      }),
    );
    const letter = found.find((one): one is AppLetterDetail => !(one instanceof Problem));
    if (letter) return letter;
    const away = found.find((one): one is Problem => one instanceof Problem && one.status !== 404);
    throw away ?? notFound();
  }
}

const defined = (asked: Asked): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).filter((entry): entry is [string, string] => Boolean(entry[1])));
