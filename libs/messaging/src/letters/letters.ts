import type { Clock } from '@app/calendar';
import { eventOfType } from '@app/contracts';
import { codeOf, failureOf, ranOut, savepoint, type Database, type Transaction } from '@app/database';
import type { Log } from '@app/telemetry';
import { canSeeErased, erasedAmong, lockConsumers } from '../delivery/inbox.repository.js';
import type { Received } from '../delivery/received.js';
import type { Consumer, Registry } from '../delivery/registry.js';
import { runConsumer } from '../delivery/run-consumer.js';
import { readArrived } from '../envelope.js';
import type { Arrived } from '../event-log.js';
import { Publication } from '../journal/publication.js';
import {
  actsOn,
  askToDiscard,
  countOpen,
  dueLetters,
  failAgain,
  letterById,
  lettersOfKey,
  listLetters,
  openLetters,
  placeOfLetter,
  promoteNext,
  replaceBody,
  settle,
  unknownLetters,
  writeAct,
  type Letter,
  type LetterFilter,
} from './dead-letter.repository.js';
import { isProtected } from './protected.decider.js';
import { nextTry } from './retry.decider.js';

export type ReplayOutcome =
  | { is: 'replayed'; letters: number }
  | { is: 'still-failing'; code: string }
  | { is: 'refused'; code: 'not-found' | 'not-open' | 'waits-in-order' | 'no-consumer' };
export type EditOutcome =
  | { is: 'edited' }
  | {
      is: 'refused';
      code: 'not-found' | 'not-open' | 'protected-type' | 'unknown-type' | 'wrong-schema' | 'immutable';
      detail?: string;
    };
export type DiscardOutcome =
  | { is: 'discarded' }
  | { is: 'second-person-needed' }
  | { is: 'refused'; code: 'not-found' | 'not-open' | 'same-person' };

export interface LetterDetail extends Letter {
  readonly protected: boolean;
  readonly acts: Awaited<ReturnType<typeof actsOn>>;
  /** How many wait behind it. */
  readonly followers: number;
}

export interface LettersOptions {
  readonly app: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly onPublished: () => void;
  /** Through the ordinary delivery: for letters that nobody could be named for. */
  readonly redeliver: (arrived: Arrived) => Promise<void>;
}

/** Followers drained in one transaction; the rest is tried at once in the next. */
const DRAIN = 200;

/** The one place of retry: what a consumer could not take, and what waits behind it. */
export class Letters {
  constructor(private readonly o: LettersOptions) {}

  list(filter: LetterFilter = {}): Promise<Letter[]> {
    return this.o.database.read((tx) => listLetters(tx, filter));
  }

  open(): Promise<Awaited<ReturnType<typeof countOpen>>> {
    return this.o.database.read(countOpen);
  }

  ofKey(key: string): Promise<Letter[]> {
    return this.o.database.read((tx) => lettersOfKey(tx, key));
  }

  async get(id: string): Promise<LetterDetail | null> {
    return this.o.database.transaction(async (tx) => {
      const letter = await letterById(tx, id);
      if (!letter) return null;
      const open = await openLetters(tx, letter.consumer, letter.key, 10_000);
      const followers = open.filter(({ seq }) => seq > letter.seq).length;
      return { ...letter, protected: isProtected(letter.type), acts: await actsOn(tx, id), followers };
    });
  }

  /** @param by the member who asks; null: the sweeper, or a build that knows more */
  async replay(id: string, by: string | null): Promise<ReplayOutcome> {
    const outcome = await this.tried(id);
    if (by !== null)
      await this.o.database.transaction((tx) =>
        writeAct(tx, {
          letterId: id,
          act: 'replay',
          memberId: by,
          reason: null,
          outcome: outcome.is === 'refused' ? outcome.code : outcome.is,
        }),
      );
    return outcome;
  }

  /** The first letter of every key that the filter finds, at most 1,000. */
  async replayAll(filter: LetterFilter, by: string): Promise<{ replayed: number; failing: number }> {
    let replayed = 0;
    let failing = 0;
    let after: string | undefined;
    for (let page = 0; page < 5; page++) {
      const letters = await this.list({ ...filter, limit: 200, ...(after ? { after } : {}) });
      for (const { id } of letters.filter(({ state }) => state === 'parked' || state === 'retrying')) {
        const outcome = await this.replay(id, by);
        if (outcome.is === 'replayed') replayed += outcome.letters;
        else if (outcome.is === 'still-failing') failing++;
      }
      after = letters.at(-1)?.id;
      if (letters.length < 200) break;
    }
    return { replayed, failing };
  }

  /** Replaces what the event says; what it is (id, forum, type, key) stays, and so does the original. */
  async edit(id: string, data: unknown, by: string, reason: string): Promise<EditOutcome> {
    return this.o.database.transaction(async (tx) => {
      const outcome = await this.edited(tx, id, data);
      await writeAct(tx, {
        letterId: id,
        act: 'edit',
        memberId: by,
        reason,
        outcome: outcome.is === 'refused' ? outcome.code : outcome.is,
      });
      return outcome;
    });
  }

  /** Gives an event up. What ends or opens something for a person takes two people. */
  async discard(id: string, reason: string, by: string): Promise<DiscardOutcome> {
    return this.o.database.transaction(async (tx) => {
      const now = this.o.clock.now();
      const letter = await this.locked(tx, id);
      if (!letter) return { is: 'refused', code: 'not-found' };
      if (!isOpen(letter)) return { is: 'refused', code: 'not-open' };
      const act = { letterId: id, memberId: by, reason };
      if (isProtected(letter.type)) {
        if (letter.discardAskedBy === null) {
          await askToDiscard(tx, id, by);
          await writeAct(tx, { ...act, act: 'discard-asked', outcome: 'second-person-needed' });
          return { is: 'second-person-needed' };
        }
        if (letter.discardAskedBy === by) {
          await writeAct(tx, { ...act, act: 'discard', outcome: 'same-person' });
          return { is: 'refused', code: 'same-person' };
        }
      }
      await settle(tx, [id], 'discarded', now);
      await promoteNext(tx, letter.consumer, letter.key, now);
      await writeAct(tx, { ...act, act: 'discard', outcome: 'discarded' });
      return { is: 'discarded' };
    });
  }

  /** Tries again whatever is due. */
  async retryDue(): Promise<number> {
    const due = await this.o.database.read((tx) => dueLetters(tx, this.o.clock.now(), 100));
    const failures: unknown[] = [];
    for (const { id } of due) await this.tried(id).catch((error: unknown) => failures.push(error));
    // A sick database is told of, but one letter's failure does not hold up the others.
    if (failures.length > 0) throw failures[0];
    return due.length;
  }

  /** At start: letters of a version this build has learned to read. */
  async replayLearned(): Promise<number> {
    const letters = await this.o.database.read(unknownLetters);
    const learned = letters.filter(({ type }) => type !== null && eventOfType(type) !== undefined);
    for (const { id } of learned) await this.tried(id);
    return learned.length;
  }

  private async tried(id: string): Promise<ReplayOutcome> {
    const place = await this.o.database.read((tx) => placeOfLetter(tx, id));
    if (!place) return { is: 'refused', code: 'not-found' };
    if (place.consumer === `${this.o.app}.unread`) return this.sortedAnew(id);
    const consumer = this.o.registry.named(place.consumer);
    if (!consumer) return { is: 'refused', code: 'no-consumer' };
    const publication = new Publication(this.o.app, this.o.clock);
    const outcome = await this.o.database
      .transaction(async (tx): Promise<ReplayOutcome> => {
        const letter = await this.locked(tx, id);
        if (!letter || !isOpen(letter)) return { is: 'refused', code: 'not-open' };
        // What ran out of time is given the time alone.
        const many = OVERRUN.includes(letter.lastError) ? 1 : DRAIN;
        const letters = await openLetters(tx, letter.consumer, letter.key, many);
        if (letters[0]?.id !== id) return { is: 'refused', code: 'waits-in-order' };
        const done = await this.drained(tx, consumer, letters, publication);
        await publication.flush(tx);
        return done;
      })
      .catch((error: unknown) => {
        if (!ranOut(error)) throw error;
        return this.overran(id, error);
      });
    if (publication.flushed > 0) this.o.onPublished();
    if (outcome.is === 'still-failing') this.o.log.warn('letter-failed-again', { letterId: id, reason: outcome.code });
    return outcome;
  }

  /** The time is gone, and the transaction with it; an event that needs so much does not get it for ever. */
  private overran(id: string, error: unknown): Promise<ReplayOutcome> {
    return this.o.database.transaction(async (tx) => {
      const letter = await this.locked(tx, id);
      if (!letter || !isOpen(letter)) return { is: 'refused', code: 'not-open' };
      return { is: 'still-failing', code: await this.failed(tx, letter, letter.attempts + 1, error) };
    });
  }

  private async failed(tx: Transaction, { id }: Letter, attempts: number, error: unknown): Promise<string> {
    const now = this.o.clock.now();
    const code = codeOf(error);
    const next = nextTry(attempts, now);
    const at = next.is === 'again' ? next.at : null;
    await failAgain(tx, { id, attempts, reason: 'handler-failed', error: code }, at, now);
    return code;
  }

  /** The first of a key and whoever waits behind it, in order, until one fails; that one is then the first. */
  private async drained(
    tx: Transaction,
    consumer: Consumer,
    letters: readonly Letter[],
    publication: Publication,
  ): Promise<ReplayOutcome> {
    const now = this.o.clock.now();
    const [first] = letters as [Letter];
    if (await this.isErased(tx, first)) {
      const ids = letters.map(({ id }) => id);
      return { is: 'replayed', letters: await settle(tx, ids, 'discarded', now) };
    }
    const readable: { letter: Letter; event: Received }[] = [];
    let unreadable: { letter: Letter; code: string; reason: string } | null = null;
    for (const letter of letters) {
      const read = readArrived(letter.arrived);
      if (read.is === 'unreadable') {
        unreadable = { letter, reason: read.reason, code: `${read.reason} ${read.detail}`.trim().slice(0, 500) };
        break;
      }
      readable.push({ letter, event: read.event });
    }
    const ran = await this.ranInOrder(tx, consumer, readable, publication);
    await settle(
      tx,
      readable.slice(0, ran.done).map(({ letter }) => letter.id),
      'replayed',
      now,
    );
    if (ran.failed) {
      const { letter } = readable[ran.done] as { letter: Letter };
      const code = await this.failed(tx, letter, letter === first ? letter.attempts + 1 : 0, ran.failed.error);
      return ran.done > 0 ? { is: 'replayed', letters: ran.done } : { is: 'still-failing', code };
    }
    if (unreadable) {
      const { letter, reason, code } = unreadable;
      await failAgain(tx, { id: letter.id, attempts: letter.attempts + 1, reason, error: code }, null, now);
      return ran.done > 0 ? { is: 'replayed', letters: ran.done } : { is: 'still-failing', code: reason };
    }
    await promoteNext(tx, first.consumer, first.key, now);
    return { is: 'replayed', letters: ran.done };
  }

  private async ranInOrder(
    tx: Transaction,
    consumer: Consumer,
    readable: readonly { event: Received }[],
    publication: Publication,
  ): Promise<{ done: number; failed?: { error: unknown } }> {
    const run = async (events: readonly Received[]): Promise<{ error: unknown } | null> => {
      const said = publication.length;
      try {
        await savepoint(tx, () => runConsumer(consumer, events, tx, publication));
        return null;
      } catch (error) {
        if (failureOf(error) === 'transient') throw error;
        publication.cutTo(said);
        return { error };
      }
    };
    if (readable.length === 0) return { done: 0 };
    const together = await run(readable.map(({ event }) => event));
    if (!together) return { done: readable.length };
    if (readable.length === 1) return { done: 0, failed: together };
    for (const [done, { event }] of readable.entries()) {
      const failed = await run([event]);
      if (failed) return { done, failed };
    }
    return { done: readable.length };
  }

  private async sortedAnew(id: string): Promise<ReplayOutcome> {
    const letter = await this.o.database.transaction((tx) => letterById(tx, id));
    if (!letter || !isOpen(letter)) return { is: 'refused', code: 'not-open' };
    const read = readArrived(letter.arrived);
    if (
      read.is === 'unreadable' &&
      ['bad-envelope', 'foreign-source', 'wrong-topic', 'unknown-type', 'unknown-version'].includes(read.reason)
    )
      return { is: 'still-failing', code: read.reason };
    await this.o.redeliver(letter.arrived);
    await this.o.database.transaction((tx) => settle(tx, [id], 'replayed', this.o.clock.now()));
    return { is: 'replayed', letters: 1 };
  }

  private async edited(tx: Transaction, id: string, data: unknown): Promise<EditOutcome> {
    const letter = await this.locked(tx, id);
    if (!letter) return { is: 'refused', code: 'not-found' };
    if (!isOpen(letter)) return { is: 'refused', code: 'not-open' };
    if (isProtected(letter.type)) return { is: 'refused', code: 'protected-type' };
    const definition = letter.type === null ? undefined : eventOfType(letter.type);
    if (!definition) return { is: 'refused', code: 'unknown-type' };
    const parsed = definition.data.safeParse(data);
    if (!parsed.success) {
      const detail = parsed.error.issues.map((issue) => issue.path.join('.')).join(' ');
      return { is: 'refused', code: 'wrong-schema', detail };
    }
    const said = parsed.data as { forumId?: string };
    if (definition.key(parsed.data) !== letter.key || said.forumId !== letter.forumId)
      return { is: 'refused', code: 'immutable' };
    await replaceBody(tx, id, Buffer.from(JSON.stringify(parsed.data)), this.o.clock.now());
    return { is: 'edited' };
  }

  private async locked(tx: Transaction, id: string): Promise<Letter | null> {
    const place = await placeOfLetter(tx, id);
    if (!place) return null;
    await lockConsumers(tx, [place.consumer], 'alone');
    return letterById(tx, id);
  }

  private async isErased(tx: Transaction, letter: Letter): Promise<boolean> {
    const definition = letter.type === null ? undefined : eventOfType(letter.type);
    if (!definition?.erasable || !UUID.test(letter.key) || !(await canSeeErased(tx))) return false;
    return (await erasedAmong(tx, [letter.key])).has(letter.key);
  }
}

/** Codes of what ran out of time. */
const OVERRUN = ['57014', '25P04'];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const isOpen = ({ state }: Letter): boolean => state === 'retrying' || state === 'parked' || state === 'following';
