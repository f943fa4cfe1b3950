import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database, type Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { Looks } from '@app/http';
import { Catalogues, formatInstant, type Language } from '@app/language';
import { APPLICATION_COLUMNS, applicationOf } from '../application/application.repository.js';
import { isCleared, isTerminal, type Application, type TimelineEntry } from '../application/application.js';
import { TimelineRepository } from '../application/timeline.repository.js';
import type { Rights } from '../links/link.query.js';
import type { Offer } from '../offers/offer.repository.js';
import { OfferRepository } from '../offers/offer.repository.js';
import { REOPEN_FOR } from '../promise/promise-policy.js';
import type { StatusPage } from './status-page.js';

interface Context {
  readonly application: Application;
  readonly timeline: readonly TimelineEntry[];
  readonly offers: readonly Offer[];
  readonly about: { title: { en: string; cy: string }; kind: string; submitted_at: Date };
}

/** Reads the rows of all who look at the same moment at once; the words come last, in the person's own language. */
@Injectable()
export class StatusQuery {
  private readonly looks = new Looks<string, Context>((ids) => this.database.read((tx) => this.read(tx, ids)));

  constructor(
    private readonly database: Database,
    private readonly timeline: TimelineRepository,
    private readonly offers: OfferRepository,
    private readonly catalogues: Catalogues,
    private readonly clock: Clock,
  ) {}

  async of(applicationId: string, token: string, rights: Rights): Promise<StatusPage> {
    const context = await this.looks.look(applicationId);
    return this.say(context, token, rights);
  }

  /** As a date. */
  today(): string {
    return this.clock.now().toISOString().slice(0, 10);
  }

  private async read(tx: Transaction, asked: readonly string[]): Promise<Context[]> {
    const ids = [...new Set(asked)];
    const [rows, timelines, offers] = await Promise.all([
      sql(tx).query(
        `select ${APPLICATION_COLUMNS}, c.title, c.kind, a.submitted_at from application a join activation c on c.id = a.activation_id
          where a.id = any($1::uuid[])`,
        [ids],
      ),
      this.timeline.all(tx, ids),
      this.offers.all(tx, ids),
    ]);
    const contexts = new Map(
      rows.map((row): [string, Context] => [
        row.id,
        {
          application: applicationOf(row),
          about: row,
          timeline: timelines.get(row.id) ?? [],
          offers: offers.get(row.id) ?? [],
        },
      ]),
    );
    return asked.map((id) => contexts.get(id)!);
  }

  private say({ application: a, timeline, offers, about }: Context, token: string, rights: Rights): StatusPage {
    const language = a.language;
    const t = (key: string, params: Record<string, unknown> = {}): string =>
      this.catalogues.say(language, `status.${key}`, params);
    const self = `/s/${token}`;
    return {
      reference: a.reference,
      state: a.state,
      owner: { id: a.ownerId, name: a.ownerName },
      promise:
        a.promise === null
          ? null
          : {
              dueAt: a.promise.dueAt.toISOString(),
              says: t(`promise.${a.promise.brokenAt ? 'broken' : a.promise.rule}`, {
                owner: a.ownerName,
                due: formatInstant(language, a.promise.dueAt),
              }),
              kind: a.promise.kind,
            },
      language,
      timeline: timeline.map((entry) => ({
        at: entry.at.toISOString(),
        code: entry.code,
        says: this.entrySays(language, entry),
      })),
      pool: a.pool,
      tasks: a.tasks.map((task) => ({
        code: task.code,
        status: task.status,
        href: `${self}/tasks/${task.code}`,
        says: t(`task.${task.code}`),
        statusSays: t(`task-status.${task.status}`),
        reasonSays: this.maybe(language, `status.task-reason.${task.reason}`),
      })),
      offers: offers.map((offer) => ({
        id: offer.id,
        role: offer.roleTitle![language],
        place: offer.place ?? '',
        startsAt: offer.startsAt!.toISOString(),
        endsAt: offer.endsAt!.toISOString(),
        respondBy: offer.respondBy?.toISOString() ?? null,
        state: offer.state,
        stateSays: t(`offer-state.${offer.state}`),
        why: (offer.reasons ?? []).flatMap((reason) => this.maybe(language, `status.why.${reason}`) ?? []),
        href: `${self}/offers/${offer.id}`,
        answers: answersTo(offer.state),
      })),
      links: { self, events: `${self}/events`, data: `${self}/data` },
      can: this.possible(a, rights),
      stateSays: t(`state.${a.pool !== null && isCleared(a.state) ? `pool-${a.pool}` : a.state}`, {
        people: a.people ?? 0,
        places: a.places ?? 0,
      }),
      title: about.title[language],
      exercise: about.kind !== 'actual',
      pausedUntil: a.pausedUntil,
      submittedAt: about.submitted_at.toISOString(),
      mailedTo: a.channel !== 'post',
      version: a.version,
    };
  }

  /** Codes become words here and nowhere earlier. */
  private entrySays(language: Language, entry: TimelineEntry): string {
    const params = Object.fromEntries(
      Object.entries(entry.facts ?? {}).map(([name, value]) => [
        name,
        name === 'task' || name === 'check' ? this.catalogues.say(language, `status.task.${value}`) : value,
      ]),
    );
    return (
      this.maybe(language, `status.timeline.${entry.code}`, { task: '', check: '', people: 0, places: 0, ...params }) ??
      this.catalogues.say(language, 'status.timeline.other')
    );
  }

  private maybe(language: Language, key: string, params: Record<string, unknown> = {}): string | null {
    return this.catalogues.has(language, key) ? this.catalogues.say(language, key, params) : null;
  }

  private possible(a: Application, rights: Rights): string[] {
    if (a.state === 'lapsed') {
      const open = a.lapsedAt !== null && this.clock.now().getTime() - a.lapsedAt.getTime() <= REOPEN_FOR;
      return open ? ['resume'] : [];
    }
    if (isTerminal(a)) return rights === 'full' ? ['data', 'erase'] : ['code'];
    return [
      a.pausedUntil === null ? 'pause' : 'resume',
      'withdraw',
      'complaint',
      ...(rights === 'full' ? ['change', 'data', 'erase'] : ['code']),
    ];
  }
}

const answersTo = (state: Offer['state']): string[] => {
  if (state === 'sent') return ['accept', 'decline'];
  return state === 'accepted' ? ['cancel'] : [];
};
