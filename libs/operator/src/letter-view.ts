import { eventOfType } from '@app/contracts';
import type { Letter, LetterDetail } from '@app/messaging';

const SEALED = 'sealed';
const HIDDEN = '…';

/** A letter as an operator may see it: ids, codes and times; what is sealed stays sealed, what cannot be read is only measured. */
export interface LetterView {
  readonly id: string;
  readonly consumer: string;
  readonly eventId: string;
  readonly type: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly state: string;
  readonly reasonCode: string;
  readonly attempts: number;
  readonly firstError: string;
  readonly lastError: string;
  readonly parkedAt: Date;
  readonly nextTryAt: Date | null;
  readonly settledAt: Date | null;
  readonly discardAskedBy: string | null;
  readonly edited: boolean;
}

export interface LetterDetailView extends LetterView {
  readonly protected: boolean;
  readonly followers: number;
  readonly acts: LetterDetail['acts'];
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** The event's data with ciphertext left out; null when it is not one of our events. */
  readonly data: unknown;
}

export const letterView = (letter: Letter): LetterView => ({
  id: letter.id,
  consumer: letter.consumer,
  eventId: letter.eventId,
  type: letter.type,
  topic: letter.arrived.topic,
  partition: letter.arrived.partition,
  offset: letter.arrived.offset,
  key: UUID.test(letter.key) ? letter.key : HIDDEN,
  state: letter.state,
  reasonCode: letter.reason,
  attempts: letter.attempts,
  firstError: letter.firstError,
  lastError: letter.lastError,
  parkedAt: letter.parkedAt,
  nextTryAt: letter.nextTryAt,
  settledAt: letter.settledAt,
  discardAskedBy: letter.discardAskedBy,
  edited: letter.edited,
});

export const letterDetailView = (letter: LetterDetail): LetterDetailView => ({
  ...letterView(letter),
  protected: letter.protected,
  followers: letter.followers,
  acts: letter.acts,
  headers: Object.fromEntries(
    Object.entries(letter.arrived.headers)
      .filter(([name]) => /^(ce_[a-z]+|content-type|traceparent)$/.test(name))
      .map(([name, value]) => [name, shown(value)]),
  ),
  bytes: letter.arrived.value?.length ?? 0,
  data: dataView(letter.type, originalData(letter)),
});

/** The key of each of our events is an id. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ids and codes are shown whole; any other text may hold what somebody should not have put there. */
const shown = (text: string): string => (/^[\w.:/+-]{0,200}$/.test(text) ? text : HIDDEN);

/** The event's data as it came; null when it is not JSON. */
export function originalData(letter: Pick<Letter, 'arrived'>): unknown {
  const { value } = letter.arrived;
  if (value === null || value.length > 65_536) return null;
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
}

/** Puts back what the view left out: whoever edits one field need not have seen the sealed ones. */
export function restored(data: unknown, original: unknown): unknown {
  if ((data === SEALED || data === HIDDEN) && original !== undefined) return original;
  if (typeof data !== 'object' || data === null) return data;
  const at = (name: string | number): unknown => (original as Record<string, unknown> | null | undefined)?.[name];
  if (Array.isArray(data)) return data.map((one, index) => restored(one, at(index)));
  return Object.fromEntries(Object.entries(data).map(([name, one]) => [name, restored(one, at(name))]));
}

/** A name that looks like a code may stand where the contract wants one: only what it accepts is shown. */
function dataView(type: string | null, data: unknown): unknown {
  const contract = type === null ? undefined : eventOfType(type);
  if (!contract || data === null) return null;
  const wrong = new Set<string>();
  const unknown = new Set<string>();
  for (const issue of contract.data.safeParse(data).error?.issues ?? []) {
    const at = issue.path.map((part) => `/${String(part)}`).join('');
    if (issue.code === 'unrecognized_keys') for (const name of issue.keys) unknown.add(`${at}/${name}`);
    else (issue.code === 'invalid_key' ? unknown : wrong).add(at);
  }
  const view = (value: unknown, at: string): unknown => {
    if (wrong.has(at)) return HIDDEN;
    if (typeof value === 'string') return value.startsWith('s1.') ? SEALED : shown(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one, index) => view(one, `${at}/${index}`));
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) =>
        unknown.has(`${at}/${name}`) ? [HIDDEN, HIDDEN] : [name, view(one, `${at}/${name}`)],
      ),
    );
  };
  return view(data, '');
}
