import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client as Database } from 'pg';
import { helpOf } from '../../deploy/help.js';
import { demoFile } from '../../deploy/local/demo/root.js';
import { rowsOf } from '../import/csv.js';
import { run, runningStack, type Stack } from '../stack-file.js';
import { LoadLedger, quantile } from './ledger.js';
import { Load } from './load.js';
import { Outcomes } from './outcomes.js';
import { People, SHARES, type OutwardCode, type Person, type Role } from './people.js';
import { arrivals, resends, SHAPES, topRate, type Shape } from './shapes.js';
import { inMs, table } from './table.js';
import { gather, judge } from './verdict.js';

interface Settings {
  readonly applicants: number;
  readonly shape: Shape;
  readonly rate: number;
  readonly seed: string;
  readonly completes: number;
  readonly patienceMs: number;
  readonly activation: string;
  readonly ledger: string;
}

const number = (text: string | undefined, otherwise: number, name: string): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number`);
  return value;
};

const settingsFrom = (argv: readonly string[], stack: () => Stack): Settings | null => {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean' },
      ...{ applicants: option, shape: option, rate: option, activation: option, seed: option, ledger: option },
      ...{ completes: option, patience: option },
    },
  });
  if (values.help) return null;
  const applicants = number(values.applicants, 1000, 'applicants');
  if (!Number.isInteger(applicants) || applicants < 1)
    throw new Error('--applicants must be a whole number, at least 1');
  const shape = (values.shape ?? 'steady') as Shape;
  if (!SHAPES.includes(shape)) throw new Error(`--shape is one of ${SHAPES.join(', ')}`);
  const rate = number(values.rate, topRate(shape, applicants), 'rate');
  if (rate <= 0) throw new Error('--rate must be more than 0');
  const completes = number(values.completes, SHARES.completes, 'completes');
  if (completes > 1) throw new Error('--completes is a share: 0 to 1');
  const seed = (values.seed ?? Date.now().toString(36)).toLowerCase();
  if (!/^[a-z0-9]{1,20}$/.test(seed)) throw new Error('--seed takes up to 20 letters and digits');
  return {
    ...{ applicants, shape, rate, seed, completes },
    patienceMs: number(values.patience, 90, 'patience') * 1000,
    activation: values.activation ?? stack().activation,
    ledger: values.ledger ?? join(process.env.MUSTER_HOME ?? '.local', 'reports', `surge-${seed}.ndjson`),
  };
};

/** Real outward codes of the forum's area, by the borough that owns them. */
const areaCodes = async (): Promise<OutwardCode[]> => {
  const codes: OutwardCode[] = [];
  for await (const { line, fields } of rowsOf(createReadStream(demoFile('geography.csv'), { encoding: 'utf8' })))
    if (line > 1 && fields[5]) codes.push({ code: fields[0]!, borough: fields[5] });
  return codes;
};

const rolesOf = async (database: Database, slug: string): Promise<{ id: string; roles: Role[] }> => {
  const { rows } = await database.query<Role & { id: string }>(
    `select a.id, r.code, r.tier, r.minimum_age as "minimumAge", r.remote
     from intake.activation a join intake.activation_role r on r.activation_id = a.id where a.slug = $1 order by r.position`,
    [slug],
  );
  const [first] = rows;
  if (!first) throw new Error(`there is no activation called ${slug}`);
  return { id: first.id, roles: rows.map(({ id: _, ...role }) => role) };
};

const rehearse = async (stack: Stack, settings: Settings): Promise<number> => {
  const { applicants, shape, rate, seed } = settings;
  const database = new Database({ connectionString: stack.postgres.url, application_name: 'surge' });
  await database.connect();
  const activation = await rolesOf(database, settings.activation);
  const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 10);
  const people = new People({
    ...{ seed, activation: settings.activation, codes: await areaCodes(), roles: activation.roles, from: tomorrow },
    shares: { ...SHARES, completes: settings.completes },
    skewed: shape === 'skew' ? 'Oldham' : undefined,
  });
  const startedAt = new Date(Date.now() - 1000);
  const wronglyAccepted = new Set<number>();
  const ledger = new LoadLedger(settings.ledger, { ...settings, startedAt: new Date().toISOString() });
  const outcomes = new Outcomes({
    ...{ database, origin: stack.origin, activationId: activation.id, startedAt, people, connections: 64 },
  });
  await outcomes.begin();
  const load = new Load({
    ...{
      origin: stack.origin,
      partnerKey: stack.partnerKey,
      people,
      ledger,
      resends: resends(shape),
      connections: 256,
    },
    arrivals: arrivals(shape, applicants, rate),
    acknowledged: (person, receipt, at) => {
      if (person.mustFail !== null) wronglyAccepted.add(person.n);
      outcomes.acknowledged(person, receipt, at);
    },
  });

  process.stdout.write(
    `${applicants} applicants, ${shape}, up to ${rate}/s, seed ${seed}, ledger ${settings.ledger}\n`,
  );
  const began = performance.now();
  let sendingEndedAt: number | null = null;
  const sending = load.run(began).then(() => {
    sendingEndedAt = performance.now();
  });
  let failed: Error | null = null;
  let glanceMs = 0;
  sending.catch((error: Error) => (failed = error));

  for (;;) {
    // A glance may cost a fiftieth of the time at most: what it takes, the service could use.
    await wait(Math.max(1_000, glanceMs * 50));
    ledger.flush();
    if (failed) throw failed as Error;
    const glancedAt = performance.now();
    await outcomes.look();
    glanceMs = performance.now() - glancedAt;
    const settled = outcomes.settled;
    progress(
      `${seconds(began)} s  sent ${load.sent}  acknowledged ${ledger.ids.size}  in flight ${load.inFlight}  with outcome ${settled}  in hand ${outcomes.moving}  message due ${outcomes.unsent}`,
    );
    if (sendingEndedAt === null) continue;
    if (settled === outcomes.ids.length && outcomes.moving === 0 && !outcomes.busy) break;
    if (performance.now() - sendingEndedAt > settings.patienceMs) break;
  }
  await sending;
  const tookMs = Math.max(0, outcomes.lastSettledAt - began);
  process.stdout.write('\n');
  await outcomes.close();
  const all = Array.from({ length: applicants }, (_, n) => people.person(n));
  const wronglyRefused = all.filter((it) => refusedForGood(it, ledger)).length;
  const wrongs = { wronglyAccepted: wronglyAccepted.size, wronglyRefused };
  const facts = await gather({
    ...{
      database,
      ledger,
      activationId: activation.id,
      inbox: stack.mail.inbox,
      firstSeq: outcomes.firstSeq,
      seed,
      applicants,
      wrongs,
    },
    unsettled: outcomes.unsettled.length,
    personOf: (n) => all[n]!,
  });
  await database.end();
  const verdict = judge(facts);
  const times = outcomes.times;
  process.stdout.write(
    `\n${table([
      ['sent', load.sent],
      ['accepted', ledger.ids.size],
      ...[...ledger.refusals].sort().map(([reason, count]) => [`refused: ${reason}`, count] as const),
      ['replayed answers', ledger.replays],
      ['requests without an answer', ledger.noAnswers],
      [
        'acknowledgement p50 / p99',
        `${inMs(quantile(ledger.latencies, 0.5))} / ${inMs(quantile(ledger.latencies, 0.99))}`,
      ],
      ['time to outcome p50 / p95 / last', [0.5, 0.95, 1].map((q) => inMs(quantile(times, q))).join(' / ')],
      ['first form to last outcome', inMs(tookMs)],
      ...[...outcomes.states].map(([state, count]) => [`state: ${state}`, count] as const),
      ...[...outcomes.acts].sort().map(([act, count]) => [`did ${act}`, count] as const),
      ...Object.entries(verdict.messages).map(([name, count]) => [`messages: ${name}`, count] as const),
      ...Object.entries(verdict.promises).map(([name, count]) => [`promises: ${name}`, count] as const),
      ['lost', verdict.lost],
      ['doubled', verdict.doubled],
      ['late', verdict.late],
    ])}\n\n`,
  );
  const good = verdict.faults.length === 0;
  process.stdout.write(good ? 'VERDICT: nothing lost, doubled or late\n' : `VERDICT: ${verdict.faults.join('; ')}\n`);
  await ledger.close({ tookMs: Math.round(tookMs), ...verdict });
  return good ? 0 : 1;
};

/** A good form that got an answer which trying again would not change. */
const refusedForGood = (person: Person, ledger: LoadLedger): boolean =>
  person.mustFail === null && !ledger.ids.has(person.key) && !ledger.unknown.has(person.key);

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0).padStart(4);

const progress = (line: string): void => {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line.slice(0, (process.stdout.columns ?? 120) - 1)}`);
  else process.stdout.write(`${line}\n`);
};

run(async () => {
  const settings = settingsFrom(process.argv.slice(2), () => runningStack());
  if (!settings) {
    process.stdout.write(helpOf('surge'));
    return 0;
  }
  return rehearse(runningStack(), settings);
});
