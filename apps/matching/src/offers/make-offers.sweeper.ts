import { Clock, after, MINUTE, SECOND } from '@app/calendar';
import { Database } from '@app/database';
import { Sweeps, Transactions, uuidv7, type Sweeper } from '@app/messaging';
import { Metrics } from '@app/telemetry';
import { DemandRepository } from '../demand/demand.repository.js';
import { offersIn, type Activation, type Need } from '../demand/need.js';
import { candidateOf } from '../pool/candidate.js';
import type { Member } from '../pool/member.js';
import { MemberRepository, type LinePosition } from '../pool/member.repository.js';
import { wanted, type Candidate, type Wanted } from './eligible.decider.js';
import { FloorKeeper } from './floor-keeper.js';
import { FloorRepository } from './floor.repository.js';
import { offered } from './places.decider.js';
import { planWave, respondBy, waveSize, type Placed } from './wave.decider.js';

const PAGE = 2_000;
const CHUNK = 400;
/** A search that had seen everybody looks at those who moved since, and at everybody again after a minute. */
const AGAIN = MINUTE;
/** A change may be committed a little later than its own time says. */
const OVERLAP = 2 * SECOND;
const LAPSES = 2;

interface Plan {
  readonly activation: Activation;
  readonly needs: ReadonlyMap<string, Need>;
  readonly wanted: readonly Wanted[];
  readonly left: Map<string, number>;
  readonly usual: number;
}

/** Looks over a whole activation at once and hands out the next fair wave, in transactions of at most 400 offers. */
@Sweeps('matching.make-offers', { everyMs: 500 })
export class MakeOffers implements Sweeper {
  private readonly seconds;

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly demand: DemandRepository,
    private readonly members: MemberRepository,
    private readonly floors: FloorRepository,
    private readonly keeper: FloorKeeper,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram('matching_wave_seconds', 'One search through an activation.');
  }

  async sweep(): Promise<number> {
    const now = this.clock.now();
    const activations = await this.database.read((tx) => this.demand.withDemand(tx, now));
    let made = 0;
    for (const activation of activations) {
      if (offersIn(activation.state)) made += await this.serve(activation, now);
    }
    return made;
  }

  private async serve(activation: Activation, now: Date): Promise<number> {
    const plan = await this.plan(activation, now);
    if (plan.wanted.length === 0) return 0;
    const since = sinceOf(plan, now);
    const moved = (at: Date) => this.database.read((tx) => this.demand.movedSince(tx, activation.activationId, at));
    if (since && !(await moved(since))) return 0;
    const done = this.seconds.startTimer();
    let made = 0;
    let position: LinePosition | null = null;
    let more = true;
    while (more && [...plan.left.values()].some((count) => count > 0)) {
      const page: readonly Member[] = await this.page(plan, position, since);
      more = page.length === PAGE;
      const last: Member | undefined = page.at(-1);
      position = last ? { ...last, clearedAt: last.clearedAt! } : position;
      const placed = planWave(plan.wanted, plan.left, await this.candidates(plan, page));
      for (let at = 0; at < placed.length; at += CHUNK)
        made += await this.make(plan, placed.slice(at, at + CHUNK), page, now);
    }
    const unserved = plan.wanted.filter(({ needId }) => plan.left.get(needId)! > 0);
    await this.transactions.run((tx) =>
      this.demand.looked(
        tx,
        unserved.map(({ needId }) => ({ needId, exhausted: !more })),
        now,
      ),
    );
    done();
    return made;
  }

  private plan(activation: Activation, now: Date): Promise<Plan> {
    return this.database.read(async (tx) => {
      const usual = await this.demand.usualRate(tx, activation.activationId);
      const wanting = await this.demand.wanting(tx, [activation.activationId], now);
      const left = new Map<string, number>();
      const search: Wanted[] = [];
      for (const need of wanting) {
        const role = activation.roles[need.roleCode];
        const size = role && respondBy(now, need.startsAt) ? waveSize(need, usual) : 0;
        if (!role || size === 0) continue;
        left.set(need.needId, size);
        search.push(wanted(need, role));
      }
      return { activation, needs: new Map(wanting.map((need) => [need.needId, need])), wanted: search, left, usual };
    });
  }

  private page(plan: Plan, position: LinePosition | null, since: Date | null): Promise<Member[]> {
    const { activationId } = plan.activation;
    const roles = plan.wanted.filter(({ needId }) => plan.left.get(needId)! > 0).map(({ roleCode }) => roleCode);
    return this.database.read((tx) =>
      this.members.free(tx, activationId, { after: position, since, roles, limit: PAGE }),
    );
  }

  private async candidates(plan: Plan, page: readonly Member[]): Promise<Candidate[]> {
    const needIds = plan.wanted.map(({ needId }) => needId);
    const serving = page.filter(({ assigned }) => assigned > 0).map(({ applicationId }) => applicationId);
    const asked = page.filter(({ offersMade }) => offersMade > 0).map(({ applicationId }) => applicationId);
    const { shifts, past } = await this.database.read(async (tx) => ({
      shifts: serving.length > 0 ? await this.floors.shifts(tx, serving) : [],
      past: asked.length > 0 ? await this.floors.past(tx, asked, needIds) : [],
    }));
    const busy = Map.groupBy(shifts, (shift) => shift.applicationId);
    const refused = Map.groupBy(
      past.filter(({ final, lapses }) => final || lapses >= LAPSES),
      (one) => one.applicationId,
    );
    return page.flatMap((member) => {
      const candidate = candidateOf(member, {
        busy: busy.get(member.applicationId) ?? [],
        refused: new Set(refused.get(member.applicationId)?.map(({ needId }) => needId)),
      });
      return candidate ? [candidate] : [];
    });
  }

  private make(plan: Plan, placed: readonly Placed[], page: readonly Member[], now: Date): Promise<number> {
    const seen = new Map(page.map((member) => [member.applicationId, member]));
    return this.transactions.run(async (tx) => {
      const work = await this.keeper.open(tx, {
        needIds: placed.map(({ needId }) => needId),
        applicationIds: placed.map(({ applicationId }) => applicationId),
      });
      const said = placed.flatMap(({ needId, applicationId, band }) => {
        const need = work.floor.needs.get(needId)!;
        const member = work.floor.members.get(applicationId);
        const due = respondBy(now, need.startsAt);
        // Another instance may have been quicker, or the person changed since the page was read.
        const same = member?.profileVersion === seen.get(applicationId)?.profileVersion;
        if (!due || !same || waveSize(need, plan.usual) === 0) return [];
        const wave = plan.needs.get(needId)!.wave + 1;
        const of = { offerId: uuidv7(), needId, applicationId, respondBy: due, wave };
        const fact = offered(work.floor, of, reasonsOf(need, band), now);
        return fact ? [{ fact }] : [];
      });
      await this.keeper.close(tx, work, said, now);
      return said.length;
    });
  }
}

const reasonsOf = (need: Need, band: number): string[] => [
  'waited-longest',
  ...(need.skills.length > 0 ? ['has-skill'] : []),
  ...(!need.remote && band <= 1 ? ['nearby'] : []),
];

function sinceOf(plan: Plan, now: Date): Date | null {
  const looked = plan.wanted.map(({ needId }) => plan.needs.get(needId)!);
  // A search in the future was made by a clock that ran ahead: from there nobody has moved.
  const fresh = looked.every(
    ({ exhausted, lookedAt }) => exhausted && lookedAt && lookedAt <= now && now < after(lookedAt, AGAIN),
  );
  if (!fresh) return null;
  return after(new Date(Math.min(...looked.map((need) => need.lookedAt!.getTime()))), -OVERLAP);
}
