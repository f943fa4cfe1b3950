import { FAMILY, GIVEN, SYNTHETIC } from './names.js';
import { Random } from './random.js';

export interface OutwardCode {
  readonly code: string;
  readonly borough: string;
}

export interface Role {
  readonly code: string;
  readonly tier: 'low' | 'medium' | 'high';
  readonly minimumAge: number;
  readonly remote: boolean;
}

/** Shares of the crowd; each is a part of one. */
export interface Shares {
  readonly duplicate: number;
  readonly invalid: number;
  readonly welsh: number;
  readonly young: number;
  readonly remoteOnly: number;
  readonly noPostcode: number;
  /** Of those asked for something, how many do it. */
  readonly completes: number;
  readonly withdraws: number;
}

export const SHARES: Shares = {
  duplicate: 0.02,
  invalid: 0.01,
  welsh: 0.08,
  young: 0.02,
  remoteOnly: 0.04,
  noPostcode: 0.01,
  completes: 0.85,
  withdraws: 0.01,
};

export interface Crowd {
  readonly seed: string;
  readonly activation: string;
  readonly codes: readonly OutwardCode[];
  readonly roles: readonly Role[];
  readonly shares: Shares;
  /** First day on which they can help. */
  readonly from: string;
  /** One borough with ten times its share of people. */
  readonly skewed?: string | undefined;
  /** How long people think before they act, against what is usual; 1 when it is not said. */
  readonly pace?: number;
}

export interface Person {
  readonly n: number;
  readonly key: string;
  readonly body: Record<string, unknown>;
  readonly email: string | null;
  /** Problem that the front door must answer with; null = must be accepted. */
  readonly mustFail: string | null;
  /** Number of the person whose form this repeats. */
  readonly repeats: number | null;
  readonly familyName: string;
  readonly dateOfBirth: string;
  readonly completes: boolean;
  readonly withdraws: boolean;
  readonly offerAnswer: 'accept' | 'decline' | 'ignore';
  /** How long this person takes for each thing they do. */
  readonly pauseMs: number;
}

const SLOTS = ['morning', 'afternoon', 'evening'].flatMap((part) => [`weekday-${part}`, `weekend-${part}`]);
const SKILLS: readonly (readonly [string, number])[] = [
  ['driving', 0.45],
  ['first-aid', 0.15],
  ['lifting', 0.4],
  ['cooking', 0.25],
  ['telephone', 0.3],
  ['administration', 0.2],
  ['languages', 0.12],
  ['childcare', 0.1],
  ['it-support', 0.08],
  ['electrical', 0.03],
  ['plumbing', 0.02],
  ['boat-handling', 0.01],
];
const INWARD = 'ABDEFGHJLNPQRSTUWXYZ'.split('');
/** One in twelve has only a phone; Ofcom keeps a thousand numbers that reach nobody, five of which mean something to Notify. */
const TEXT_EVERY = 12;
const NUMBERS = Array.from({ length: 1000 }, (_, n) => n).filter((n) => ![0, 2, 3, 111, 222].includes(n));

const WRONG: readonly (readonly [
  mustFail: string,
  spoil: (body: Record<string, unknown>) => Record<string, unknown>,
])[] = [
  ['postcode-malformed', (body) => ({ ...body, postcode: 'nowhere' })],
  ['unknown-postcode', (body) => ({ ...body, postcode: 'ZZ9 9ZZ' })],
  ['outside-area', (body) => ({ ...body, postcode: 'AB10 1AA' })],
  ['required', (body) => ({ ...body, familyName: '' })],
  ['email-malformed', (body) => ({ ...body, channel: 'email', email: 'not an address' })],
  ['name-malformed', (body) => ({ ...body, givenName: '<b>x</b>' })],
];

export class People {
  private readonly byBorough: ReadonlyMap<string, readonly OutwardCode[]>;
  private readonly boroughs: readonly (readonly [string, number])[];

  constructor(private readonly crowd: Crowd) {
    const byBorough = new Map<string, OutwardCode[]>();
    for (const code of crowd.codes) byBorough.set(code.borough, [...(byBorough.get(code.borough) ?? []), code]);
    if (byBorough.size === 0) throw new Error('the area has no outward codes');
    this.byBorough = byBorough;
    this.boroughs = [...byBorough.keys()].map((borough) => [borough, borough === crowd.skewed ? 10 : 1]);
  }

  person(n: number): Person {
    const { seed, shares } = this.crowd;
    const random = new Random(seed, n);
    if (n > 0 && random.chance(shares.duplicate)) return this.again(n, random.below(n));
    const person = this.original(n, n);
    if (!random.chance(shares.invalid)) return person;
    const [mustFail, spoil] = random.one(WRONG);
    return { ...person, mustFail, body: spoil({ ...person.body, noPostcode: false, postcode: 'OL1 1AA' }) };
  }

  /** Somebody sends their form a second time, as a new one. */
  private again(n: number, before: number): Person {
    const who = this.person(before).repeats ?? before;
    return { ...this.original(who, n), repeats: who };
  }

  /** Who number `who` is, applying as number `n`. */
  private original(who: number, n: number): Person {
    const { seed, activation, shares, from } = this.crowd;
    const random = new Random(seed, who, 'person');
    const givenName = random.one(GIVEN);
    const bare = random.one(FAMILY);
    const familyName = `${bare}${SYNTHETIC}`;
    const young = random.chance(shares.young);
    const remoteOnly = random.chance(shares.remoteOnly);
    const noPostcode = random.chance(shares.noPostcode);
    const code = this.home(random);
    const email = `${ascii(givenName)}.${ascii(bare)}.${seed}.${who}@example.org`;
    const number = who % TEXT_EVERY === 5 ? NUMBERS[Math.floor(who / TEXT_EVERY)] : undefined;
    const post = number === undefined && random.chance(0.005);
    const postcode = `${code.code} ${random.below(9) + 1}${random.one(INWARD)}${random.one(INWARD)}`;
    const body: Record<string, unknown> = {
      activation,
      givenName,
      familyName,
      ageBand: young ? '16-17' : '18-plus',
      language: random.chance(shares.welsh) ? 'cy' : 'en',
      ...(post
        ? { channel: 'post', address: { lines: [`${random.below(200) + 1} Demo Street`, code.borough], postcode } }
        : number === undefined
          ? { channel: 'email', email }
          : { channel: 'sms', phone: `07700900${String(number).padStart(3, '0')}` }),
      ...(noPostcode ? { noPostcode: true } : { postcode }),
      availability: {
        from,
        slots: random.some(SLOTS, 0.4),
        maxDistanceKm: random.weighted([
          [3, 1],
          [5, 3],
          [10, 4],
          [25, 2],
        ] as const),
      },
      roles: this.roles(random, young, remoteOnly),
      skills: SKILLS.flatMap(([skill, share]) => (random.chance(share) ? [skill] : [])),
      vehicle: random.chance(0.5),
      remoteOnly,
      ...(random.chance(0.05) ? { support: 'Step-free access, please' } : {}),
      ...(young ? { guardian: { name: `Alex ${familyName}`, email: `guardian.${seed}.${who}@example.org` } } : {}),
      declarations: { privacy: '2026-11' },
    };
    const born = young ? 2009 : 1945 + random.below(62);
    return {
      n,
      key: `surge-${seed}-${String(n).padStart(8, '0')}-${new Random(seed, n, 'key').below(1e9).toString(36)}`,
      body,
      email: body.email === undefined ? null : email,
      mustFail: null,
      repeats: null,
      familyName,
      dateOfBirth: `${born}-${pad(random.below(12) + 1)}-${pad(random.below(28) + 1)}`,
      completes: random.chance(shares.completes),
      withdraws: random.chance(shares.withdraws),
      offerAnswer: random.weighted([
        ['accept', 80],
        ['decline', 15],
        ['ignore', 5],
      ] as const),
      pauseMs: Math.floor((1_000 - Math.log(1 - random.next()) * 4_000) * (this.crowd.pace ?? 1)),
    };
  }

  /** By the tenth attempt a certificate number fits: who mistyped theirs keys it again. */
  certificate(person: Person, attempt: number): string {
    const random = new Random(this.crowd.seed, person.repeats ?? person.n, 'certificate');
    const kind = random.weighted([
      ['001', 90],
      ['002', 5],
      ['003', 2],
      ['999', 3],
    ] as const);
    const number = String(random.below(1e9)).padStart(9, '0');
    return attempt > 1 && (kind === '999' || kind === '003') ? `001${number}` : `${kind}${number}`;
  }

  private home(random: Random): OutwardCode {
    return random.one(this.byBorough.get(random.weighted(this.boroughs))!);
  }

  private roles(random: Random, young: boolean, remoteOnly: boolean): string[] {
    const open = this.crowd.roles.filter((role) => (!young || role.minimumAge <= 16) && (!remoteOnly || role.remote));
    if (open.length === 0 || random.chance(0.1)) return [];
    const tier = random.weighted([
      ['low', 60],
      ['medium', 28],
      ['high', 12],
    ] as const);
    const first = open.filter((role) => role.tier === tier);
    const chosen = random.one(first.length > 0 ? first : open);
    const second = random.chance(0.3) ? random.one(open.filter(({ tier: other }) => other === chosen.tier)) : chosen;
    return [...new Set([chosen.code, second.code])];
  }
}

const pad = (n: number): string => String(n).padStart(2, '0');
const ascii = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();
