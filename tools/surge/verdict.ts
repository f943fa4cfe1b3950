import { readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import type { LoadLedger } from './ledger.js';
import { SYNTHETIC } from './names.js';
import { HELD } from './outcomes.js';
import type { Person } from './people.js';

/** What the rehearsal found; each row of `faults` makes it fail. */
export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly promises: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

export interface Facts {
  /** Keys that the ledger holds more than one id for. */
  readonly keysWithTwoIds: number;
  /** Acknowledged ids that have no row. */
  readonly idsWithoutRow: number;
  /** Rows of this run that no acknowledgement names. */
  readonly rowsUnnamed: number;
  /** Keys that were sent and never answered for good: they may or may not have a row. */
  readonly keysUnknown: number;
  readonly unsettled: number;
  readonly overdue: number;
  readonly broken: number;
  readonly withoutPromise: number;
  /** Requests for a message that never became one. */
  readonly requestsWithoutMessage: number;
  readonly messagesUnsent: number;
  readonly peopleWithoutMail: number;
  readonly mailRepeated: number;
  /** Mail that no message of ours explains. */
  readonly mailUnknown: number;
  /** One cause under two Message-IDs, or one text or letter given to its provider twice. */
  readonly sentTwiceForOneCause: number;
  readonly overfilled: number;
  /** People who said yes to two places at the same time. */
  readonly overbooked: number;
  /** Offers to people whom vetting never cleared. */
  readonly offeredUnvetted: number;
  /** Offers that lapsed before their time was up. */
  readonly lapsedEarly: number;
  /** Facts of one person that were told with a lower version than one before. */
  readonly versionsShrunk: number;
  /** Letters that wait for a person. */
  readonly lettersOpen: number;
  /** Answers of the front door that the interface does not know. */
  readonly strangeAnswers: number;
  /** Lines of the apps' logs that name somebody. */
  readonly linesWithNames: number;
  readonly wronglyAccepted: number;
  readonly wronglyRefused: number;
  readonly promises: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
}

export const judge = (it: Facts): Verdict => {
  const unnamed = Math.max(0, it.rowsUnnamed - it.keysUnknown);
  const doubled = it.keysWithTwoIds + unnamed + it.sentTwiceForOneCause + it.mailUnknown;
  const lost = it.idsWithoutRow + it.requestsWithoutMessage + it.peopleWithoutMail;
  const late = it.unsettled + it.overdue + it.broken;
  const checks: readonly (readonly [number, string])[] = [
    [it.idsWithoutRow, 'acknowledged applications have no row'],
    [it.requestsWithoutMessage, 'requested messages do not exist'],
    [it.peopleWithoutMail, 'people who gave an address got no mail'],
    [it.keysWithTwoIds, 'keys were answered with two ids'],
    [unnamed, 'applications exist that nobody was told of'],
    [it.mailUnknown, 'mails came that no message explains'],
    [it.sentTwiceForOneCause, 'causes led to more than one message'],
    [it.unsettled, 'applications had no outcome with its message in time'],
    [it.overdue, 'promises are overdue'],
    [it.broken, 'promises were broken'],
    [it.withoutPromise, 'open applications have no promise'],
    [it.messagesUnsent, 'messages are still unsent'],
    [it.overfilled, 'needs have more people than places'],
    [it.overbooked, 'people are in two places at the same time'],
    [it.offeredUnvetted, 'offers went to people who are not cleared'],
    [it.lapsedEarly, 'offers lapsed before their time'],
    [it.versionsShrunk, 'facts were told with a version that had passed'],
    [it.lettersOpen, 'letters wait for a person'],
    [it.strangeAnswers, 'answers are not of the interface'],
    [it.linesWithNames, 'lines of a log name somebody'],
    [it.wronglyAccepted, 'wrong forms were accepted'],
    [it.wronglyRefused, 'good forms were refused'],
  ];
  const faults = checks.filter(([count]) => count > 0).map(([count, says]) => `${count} ${says}`);
  return { lost, doubled, late, promises: it.promises, messages: it.messages, faults };
};

export interface Sources {
  readonly database: Pool;
  readonly ledger: LoadLedger;
  readonly activationId: string;
  readonly origin: string;
  readonly startedAt: Date;
  /** The apps' logs, and how long each was when the run began. */
  readonly logs: ReadonlyMap<string, number>;
  readonly firstSeq: bigint;
  readonly seed: string;
  readonly unsettled: number;
  readonly personOf: (n: number) => Person;
  readonly applicants: number;
  /** For how many people the good form was answered with a refusal that will not pass. */
  readonly wrongs: { wronglyAccepted: number; wronglyRefused: number };
}

const inRows = (rows: readonly { name: string; count: string }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));

/** From the ledger, the databases and the mail that really arrived. */
export const gather = async (o: Sources): Promise<Facts> => {
  const ids = [...o.ledger.ids.values()].flatMap((set) => [...set]);
  const one = async (text: string, values: readonly unknown[]): Promise<number> => {
    const { rows } = await o.database.query<{ count: string }>(text, values as unknown[]);
    return Number(rows[0]?.count ?? 0);
  };
  const ours = [ids];
  const activation = [o.activationId];
  const rowsOfOurs = await one('select count(*) from intake.application where id = any($1::uuid[])', ours);
  const unnamed = await one(
    `select count(*) from intake.journal where seq > $1 and type like 'intake.application-submitted.%' and not (key = any($2::text[]))
        and data::jsonb ->> 'activationId' = $3`,
    [o.firstSeq.toString(), ids, o.activationId],
  );
  const promises = await o.database.query<{ name: string; count: string }>(
    `select outcome as name, count(*) from intake.promise_outcome where application_id = any($1::uuid[]) group by 1`,
    ours,
  );
  const open = await one(
    'select count(*) from intake.application where id = any($1::uuid[]) and promise_due_at is not null',
    ours,
  );
  const messages = await o.database.query<{ name: string; count: string }>(
    `select transport || ' ' || case when ${HELD} then 'held for the morning' else state end as name, count(*) from notification.message where application_id = any($1::uuid[]) group by 1 order by 1`,
    ours,
  );
  const mail = await mailOf(o.origin, o.seed);
  const known = await o.database.query<{ id: string }>(
    'select id from notification.message where id = any($1::uuid[])',
    [[...mail.ids]],
  );
  const withMail = await o.database.query<{ id: string }>(
    `select distinct application_id as id from notification.message
     where application_id = any($1::uuid[]) and transport = 'email' and state in ('sent', 'delivered')`,
    ours,
  );
  return {
    keysWithTwoIds: [...o.ledger.ids.values()].filter((set) => set.size > 1).length,
    idsWithoutRow: ids.length - rowsOfOurs,
    rowsUnnamed: unnamed,
    keysUnknown: o.ledger.unknown.size,
    unsettled: o.unsettled,
    overdue: await one(
      'select count(*) from intake.application where id = any($1::uuid[]) and promise_due_at < now()',
      ours,
    ),
    broken: Number(promises.rows.find(({ name }) => name === 'broken')?.count ?? 0),
    withoutPromise: await one(
      `select count(*) from intake.application where id = any($1::uuid[]) and promise_due_at is null
         and state not in ('declined', 'merged-duplicate', 'withdrawn', 'lapsed')
         and coalesce(pool, '') not in ('left', 'referred-out')`,
      ours,
    ),
    requestsWithoutMessage: await one(
      `select count(*) from intake.journal j where j.type like 'intake.message-requested.%' and j.key = any($1::text[])
         and not exists (select from notification.message m where m.request_id = (j.data::jsonb ->> 'messageId')::uuid)`,
      ours,
    ),
    messagesUnsent: await one(
      `select count(*) from notification.message where application_id = any($1::uuid[]) and state in ('created', 'queued', 'sending')
         and (next_try_at is null or next_try_at <= now()) and not ${HELD}`,
      ours,
    ),
    peopleWithoutMail: peopleWithoutMail(o, mail, new Set(withMail.rows.map(({ id }) => id))),
    mailRepeated: mail.repeated,
    mailUnknown: mail.ids.size - known.rows.length,
    // Which event asked for a message stands in intake's journal: notification's own key would hide a second request.
    sentTwiceForOneCause:
      (await one(
        `select count(*) from (
           select from notification.message m join intake.journal j on j.key = m.application_id::text
            and j.type like 'intake.message-requested.%' and j.data::jsonb ->> 'messageId' = m.request_id::text
            where m.application_id = any($1::uuid[]) and j.causation_id is not null
            group by m.application_id, j.causation_id, m.kind, m.transport having count(distinct m.id) > 1) twice`,
        ours,
      )) + (await textsRepeated(o.origin, o.startedAt)),
    overfilled:
      (await one('select count(*) from coordination.need where activation_id = $1 and filled > places', activation)) +
      (await one(
        `select count(*) from (select from matching.offer o join matching.need n using (need_id)
           where o.activation_id = $1 and o.state = 'accepted' group by need_id, n.places having count(*) > n.places) over`,
        activation,
      )),
    overbooked: await one(
      `select count(distinct a.application_id) from matching.offer a join matching.offer b
          on b.application_id = a.application_id and b.offer_id > a.offer_id and b.state = 'accepted'
         and (a.starts_at, a.ends_at) overlaps (b.starts_at, b.ends_at)
        where a.activation_id = $1 and a.state = 'accepted'`,
      activation,
    ),
    offeredUnvetted: await one(
      `select count(*) from matching.offer o where o.activation_id = $1 and o.application_id = any($2::uuid[]) and not exists (
         select from vetting.journal v where v.key = o.application_id::text
            and v.type in ('vetting.application-cleared.v1', 'vetting.application-conditionally-cleared.v1'))`,
      [o.activationId, ids],
    ),
    lapsedEarly: await one(
      `select count(*) from matching.journal j join matching.offer o on o.offer_id::text = j.data::jsonb ->> 'offerId'
        where j.type like 'matching.offer-lapsed.%' and o.activation_id = $1 and j.at < o.respond_by`,
      activation,
    ),
    versionsShrunk: await versionsShrunk(o.database, ids),
    lettersOpen: await lettersOpen(o.database, o.startedAt),
    strangeAnswers: o.ledger.strangeAnswers,
    linesWithNames: linesWithNames(o.logs, o.seed),
    ...o.wrongs,
    promises: { open, ...inRows(promises.rows) },
    messages: { ...inRows(messages.rows), 'mail that arrived': mail.messages, 'of it repeated': mail.repeated },
  };
};

/** Whoever is said to have been mailed must have mail in the catcher. */
const peopleWithoutMail = (o: Sources, mail: Caught, mailed: ReadonlySet<string>): number => {
  let without = 0;
  for (let n = 0; n < o.applicants; n += 1) {
    const person = o.personOf(n);
    const ids = o.ledger.ids.get(person.key);
    if (!ids || person.email === null) continue;
    if ([...ids].some((id) => mailed.has(id)) && !mail.addresses.has(person.email.toLowerCase())) without += 1;
  }
  return without;
};

const APPS = ['intake', 'vetting', 'matching', 'notification', 'coordination'] as const;

/** What one app told of one person, or of one message, in the order in which it was told, never goes back to an earlier version. */
const versionsShrunk = async (database: Pool, ids: readonly string[]): Promise<number> => {
  let shrunk = 0;
  for (const app of APPS) {
    const { rows } = await database.query<{ count: string }>(
      `select count(*) from (select sequence, lag(sequence) over (partition by topic, key, data::jsonb ->> 'messageId' order by seq) as before
         from ${app}.journal where key = any($1::text[])) told where sequence < before`,
      [ids],
    );
    shrunk += Number(rows[0]?.count ?? 0);
  }
  return shrunk;
};

const lettersOpen = async (database: Pool, since: Date): Promise<number> => {
  const letters = APPS.map((app) => `select state, parked_at from ${app}.dead_letter`).join(' union all ');
  const { rows } = await database.query<{ count: string }>(
    `select count(*) from (${letters}) letter where state in ('retrying', 'parked', 'following') and parked_at >= $1`,
    [since],
  );
  return Number(rows[0]?.count ?? 0);
};

/** Everybody's family name ends alike and every address holds the seed, so that a name cannot hide. */
const linesWithNames = (logs: ReadonlyMap<string, number>, seed: string): number => {
  let lines = 0;
  for (const [path, from] of logs)
    for (const line of readFileSync(path).subarray(from).toString('utf8').split('\n'))
      if (line.includes(`${SYNTHETIC}"`) || line.includes(`${SYNTHETIC} `) || line.includes(`.${seed}.`)) lines += 1;
  return lines;
};

interface Shown {
  readonly items: readonly { receivedAt: string; headers: { reference: string | null } }[];
  readonly next: string | null;
}

/** A text that a provider has taken twice rings twice. */
const textsRepeated = async (origin: string, since: Date): Promise<number> => {
  let repeated = 0;
  for (const shelf of ['texts', 'letters']) {
    const seen = new Set<string>();
    for (let next: string | null = '0'; next !== null;) {
      const response = await fetch(`${origin}/dev/${shelf}?limit=200&cursor=${next}`, {
        headers: { accept: 'application/json' },
      });
      if (!response.ok) throw new Error(`the outbox of ${shelf} answered ${response.status}`);
      const shown = (await response.json()) as Shown;
      const ours = shown.items.filter(({ receivedAt }) => new Date(receivedAt) >= since);
      for (const { headers } of ours) {
        const reference = headers.reference ?? '';
        if (seen.has(reference)) repeated += 1;
        seen.add(reference);
      }
      next = ours.length < shown.items.length ? null : shown.next;
    }
  }
  return repeated;
};

interface Caught {
  readonly addresses: ReadonlySet<string>;
  /** Our ids of the messages: what stands before the @ of their Message-IDs. */
  readonly ids: ReadonlySet<string>;
  readonly messages: number;
  readonly repeated: number;
}

/** Everything the catcher holds for this crowd, by its addresses. */
const mailOf = async (origin: string, seed: string): Promise<Caught> => {
  const response = await fetch(`${origin}/dev/mail/index.ndjson`);
  if (!response.ok) throw new Error(`the mail catcher answered ${response.status}`);
  const addresses = new Set<string>();
  const ids = new Set<string>();
  let messages = 0;
  const mark = `.${seed}.`;
  for (const line of (await response.text()).split('\n')) {
    if (!line.includes(mark)) continue;
    const { to, messageId } = JSON.parse(line) as { to: string[]; messageId: string };
    messages += 1;
    ids.add(messageId.replace(/^<|@.*$/g, ''));
    for (const address of to) addresses.add(address.toLowerCase());
  }
  return { addresses, ids, messages, repeated: messages - ids.size };
};
