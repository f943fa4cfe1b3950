import type { AppOverview, Reading } from '@app/operator';
import type { Instance, Mode, Overview } from './overview.js';
import { judge } from './verdict.decider.js';

const MODES: readonly Mode[] = ['open', 'capped', 'interest-only'];
const CIRCUITS = ['closed', 'half-open', 'open'] as const;

/** Folds what the instances said into one board. What lies in shared tables is taken once per app, what a process knows is added up. */
export function gather(instances: readonly Instance[], at: Date): Overview {
  const heard = instances.flatMap(({ answer }) => (answer ? [answer] : []));
  const perApp = [...new Map(heard.map((one) => [one.app, one])).values()];
  const board = {
    at,
    intake: { acceptedPerSecond: round(sum(heard, 'accepted-per-second')), mode: strictest(perApp) },
    journals: perApp.flatMap(({ app, journal }) => (journal ? [{ app, ...journal }] : [])),
    consumers: lagOf(heard),
    queues: perApp.flatMap(({ app, queues }) => queues.map(({ redis: _, ...queue }) => ({ app, ...queue }))),
    deadLetters: lettersOf(perApp),
    promises: {
      open: sum(perApp, 'promises-open'),
      dueWithin24h: sum(perApp, 'promises-due-within-24h'),
      overdue: sum(perApp, 'promises-overdue'),
    },
    providers: providersOf(heard),
    dependencies: dependenciesOf(instances),
    vitals: perApp.flatMap(({ app, vitals }) =>
      vitals.map(({ code, value, level, runbook }) => ({ app, code, value, level, ...(runbook ? { runbook } : {}) })),
    ),
  };
  const stopped = perApp.flatMap(({ consumers }) =>
    consumers.filter((one) => one.stopped).map(({ consumer }) => consumer),
  );
  return { ...board, ...judge(board, stopped) };
}

const readings = (apps: readonly AppOverview[], code: string): Reading[] =>
  apps.flatMap(({ vitals }) => vitals.filter((reading) => reading.code === code));

const sum = (apps: readonly AppOverview[], code: string): number =>
  readings(apps, code).reduce((total, { value }) => total + (typeof value === 'number' ? value : 0), 0);

const round = (value: number): number => Math.round(value * 10) / 10;

const strictest = (apps: readonly AppOverview[]): Mode =>
  MODES[Math.max(0, ...readings(apps, 'intake-mode').map(({ value }) => MODES.indexOf(value as Mode)))]!;

function lagOf(heard: readonly AppOverview[]): { group: string; topic: string; lag: number; oldestSeconds: number }[] {
  const lags = new Map<string, { group: string; topic: string; lag: number; oldestSeconds: number }>();
  for (const one of heard.flatMap(({ lag }) => lag)) {
    const id = `${one.group} ${one.topic}`;
    const known = lags.get(id);
    lags.set(id, {
      group: one.group,
      topic: one.topic,
      lag: one.lag + (known?.lag ?? 0),
      oldestSeconds: Math.round(Math.max(one.oldestSeconds, known?.oldestSeconds ?? 0)),
    });
  }
  return [...lags.values()].sort((a, b) => (`${a.group} ${a.topic}` < `${b.group} ${b.topic}` ? -1 : 1));
}

function lettersOf(perApp: readonly AppOverview[]): Overview['deadLetters'] {
  const byApp = Object.fromEntries(
    perApp.map(({ app, letters }) => [app, letters ? letters.parked + letters.retrying + letters.following : 0]),
  );
  return { open: Object.values(byApp).reduce((total, open) => total + open, 0), byApp };
}

/** The worst state that an instance sees. */
function providersOf(heard: readonly AppOverview[]): Overview['providers'] {
  const providers = new Map<string, Overview['providers'][number]>();
  for (const { app, circuits } of heard) {
    for (const { name, state, forced } of circuits) {
      const known = providers.get(name);
      if (!known || CIRCUITS.indexOf(state) > CIRCUITS.indexOf(known.circuit)) {
        providers.set(name, { app, name, circuit: state, forced });
      }
    }
  }
  return [...providers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A part is down when anybody sees it down; an app is down when none of its instances answers. */
function dependenciesOf(instances: readonly Instance[]): Overview['dependencies'] {
  const states = new Map<string, 'up' | 'down'>();
  for (const { answer } of instances) {
    for (const [name, state] of Object.entries(answer?.dependencies ?? {})) {
      states.set(name, state === 'down' ? 'down' : (states.get(name) ?? 'up'));
    }
  }
  const apps = new Set(instances.map(({ app }) => app));
  const up = new Set(instances.filter(({ answer }) => answer).map(({ app }) => app));
  return [
    ...[...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, state]) => ({ name, state })),
    ...[...apps].map((name) => ({ name, state: up.has(name) ? ('up' as const) : ('down' as const) })),
  ];
}
