import type { Alert, Level, Overview } from './overview.js';

/** Seconds from which an age is worth a look, and from which somebody must act. */
const AGES = {
  'journal-unsent': { amber: 10, red: 60 },
  'consumer-lag': { amber: 30, red: 120 },
  'queue-oldest': { amber: 120, red: 900 },
} as const;

const MANY_LETTERS = 100;

type Board = Omit<Overview, 'verdict' | 'alerts'>;

/** What is wrong, the worst first, and how the whole stands. */
export function judge(board: Board, stoppedConsumers: readonly string[]): { verdict: Level; alerts: Alert[] } {
  const alerts: Alert[] = [
    ...board.dependencies
      .filter(({ state }) => state === 'down')
      .map(({ name }): Alert => alert('dependency-down', 'red', name, 'down')),
    ...stoppedConsumers.map((consumer): Alert => ({
      ...alert('consumer-stopped', 'red', consumer, 'stopped'),
      runbook: 'dead-letters',
    })),
    ...board.journals.flatMap(({ app, oldestSeconds, unsent }) =>
      unsent > 0 ? aged('journal-unsent', app, oldestSeconds) : [],
    ),
    ...board.consumers.flatMap(({ group, topic, lag, oldestSeconds }) =>
      lag > 0 ? aged('consumer-lag', `${group} ${topic}`, oldestSeconds) : [],
    ),
    ...board.queues.flatMap(({ name, oldestSeconds }) => aged('queue-oldest', name, oldestSeconds)),
    ...lettersAlert(board.deadLetters.open),
    ...board.providers
      .filter(({ circuit }) => circuit === 'open')
      .map(({ name }): Alert => alert('provider-circuit', 'amber', name, 'open')),
    ...(board.promises.overdue > 0 ? [alert('promise-overdue', 'red', 'promises', board.promises.overdue)] : []),
    ...board.vitals.flatMap(({ app, code, value, level, runbook }) =>
      level === 'green' || KNOWN.has(code)
        ? []
        : [{ code: 'vital', level, subject: `${app} ${code}`, value: String(value), runbook: runbook ?? '' }],
    ),
  ];
  alerts.sort((a, b) => Number(a.level === 'amber') - Number(b.level === 'amber'));
  const verdict = alerts.some(({ level }) => level === 'red') ? 'red' : alerts.length > 0 ? 'amber' : 'green';
  return { verdict, alerts };
}

/** Vitals that stand on the board in a place of their own. */
const KNOWN = new Set([
  'accepted-per-second',
  'intake-mode',
  'promises-open',
  'promises-due-within-24h',
  'promises-overdue',
]);

const alert = (code: string, level: Alert['level'], subject: string, value: number | string): Alert => ({
  code,
  level,
  subject,
  value,
  runbook: code,
});

function aged(code: keyof typeof AGES, subject: string, seconds: number): Alert[] {
  const { amber, red } = AGES[code];
  if (seconds < amber) return [];
  return [alert(code, seconds >= red ? 'red' : 'amber', subject, Math.round(seconds))];
}

const lettersAlert = (open: number): Alert[] =>
  open === 0 ? [] : [alert('dead-letters', open >= MANY_LETTERS ? 'red' : 'amber', 'dead-letters', open)];
