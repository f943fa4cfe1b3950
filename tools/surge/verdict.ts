import type { Client as Database } from 'pg';
import type { LoadLedger } from './ledger.js';
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
  readonly sentTwiceForOneCause: number;
  readonly overfilled: number;
  readonly wronglyAccepted: number;
  readonly wronglyRefused: number;
  readonly promises: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
}

export const judge = (it: Facts): Verdict => {
  const doubled = it.keysWithTwoIds + Math.max(0, it.rowsUnnamed - it.keysUnknown) + it.sentTwiceForOneCause;
  const lost = it.idsWithoutRow + it.requestsWithoutMessage + it.peopleWithoutMail;
  const late = it.unsettled + it.overdue + it.broken;
  const checks: readonly (readonly [number, string])[] = [
    [it.idsWithoutRow, 'acknowledged applications have no row'],
    [it.requestsWithoutMessage, 'requested messages do not exist'],
    [it.peopleWithoutMail, 'people who gave an address got no mail'],
    [it.keysWithTwoIds, 'keys were answered with two ids'],
    [Math.max(0, it.rowsUnnamed - it.keysUnknown), 'applications exist that nobody was told of'],
    [it.sentTwiceForOneCause, 'causes led to more than one message'],
    [it.unsettled, 'applications had no outcome with its message in time'],
    [it.overdue, 'promises are overdue'],
    [it.broken, 'promises were broken'],
    [it.withoutPromise, 'open applications have no promise'],
    [it.messagesUnsent, 'messages are still unsent'],
    [it.overfilled, 'needs have more people than places'],
    [it.wronglyAccepted, 'wrong forms were accepted'],
    [it.wronglyRefused, 'good forms were refused'],
  ];
  const faults = checks.filter(([count]) => count > 0).map(([count, says]) => `${count} ${says}`);
  return { lost, doubled, late, promises: it.promises, messages: it.messages, faults };
};

interface Sources {
  readonly database: Database;
  readonly ledger: LoadLedger;
  readonly activationId: string;
  readonly inbox: string;
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
  const rowsOfOurs = await one('select count(*) from intake.application where id = any($1::uuid[])', ours);
  const unnamed = await one(
    `select count(*) from intake.journal where seq > $1 and type like 'intake.application-submitted.%' and not (key = any($2::text[]))`,
    [o.firstSeq.toString(), ids],
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
  const mail = await mailOf(o.inbox, o.seed);
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
         and next_try_at <= now() and not ${HELD}`,
      ours,
    ),
    peopleWithoutMail: peopleWithoutMail(o, mail, new Set(withMail.rows.map(({ id }) => id))),
    mailRepeated: mail.repeated,
    sentTwiceForOneCause: await one(
      `select count(*) from (select request_id, transport from notification.message where application_id = any($1::uuid[])
         group by 1, 2 having count(*) > 1) twice`,
      ours,
    ),
    overfilled: await one('select count(*) from coordination.need where activation_id = $1 and filled > places', [
      o.activationId,
    ]),
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

interface Caught {
  readonly addresses: ReadonlySet<string>;
  readonly messages: number;
  readonly repeated: number;
}

/** Everything the catcher holds for this crowd, by its addresses. */
const mailOf = async (inbox: string, seed: string): Promise<Caught> => {
  const response = await fetch(`${inbox}/index.ndjson`);
  if (!response.ok) throw new Error(`the mail catcher answered ${response.status}`);
  const addresses = new Set<string>();
  const ids = new Set<string>();
  let messages = 0;
  const mark = `.${seed}.`;
  for (const line of (await response.text()).split('\n')) {
    if (!line.includes(mark)) continue;
    const { to, messageId } = JSON.parse(line) as { to: string[]; messageId: string };
    messages += 1;
    ids.add(messageId);
    for (const address of to) addresses.add(address.toLowerCase());
  }
  return { addresses, messages, repeated: messages - ids.size };
};
