import { ApplicationAdmitted } from '@app/contracts';
import { after, Clock, DAY, workingDaysAfter } from '@app/calendar';
import { Database } from '@app/database';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { deltasOf } from '../board/tally.js';
import { TallyRepository } from '../board/tally.repository.js';
import { DemandRepository } from '../demand/demand.repository.js';
import type { Activation } from '../demand/need.js';
import { wanted } from '../offers/eligible.decider.js';
import { planWave, waveSize } from '../offers/wave.decider.js';
import { candidateOf } from './candidate.js';
import { inPool, type Member, type Pool } from './member.js';
import { MemberRepository, type LinePosition } from './member.repository.js';
import { OddsBoard } from './odds.js';
import { ReviewRepository } from './review.repository.js';

const PAGE = 2_000;
const CHUNK = 400;

/** When needs come, end or fill, the pool is gone through: whoever now can expect an offer is active, the others reserve. */
@Sweeps('matching.review-pool', { everyMs: 2_000 })
export class ReviewPool implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly reviews: ReviewRepository,
    private readonly demand: DemandRepository,
    private readonly members: MemberRepository,
    private readonly tallies: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<number> {
    const now = this.clock.now();
    const due = await this.database.read((tx) => this.reviews.due(tx, now));
    for (const { activationId, demand } of due) {
      await this.review(activationId, now);
      await this.transactions.run((tx) => this.reviews.done(tx, activationId, demand, now));
    }
    return 0;
  }

  private async review(activationId: string, now: Date): Promise<void> {
    const { activation, needs, usual, line } = await this.database.read(async (tx) => ({
      activation: (await this.demand.activations(tx, [activationId])).get(activationId),
      needs: await this.demand.wanting(tx, [activationId], now),
      usual: await this.demand.usualRate(tx, activationId),
      line: (await this.members.line(tx, [activationId])).get(activationId),
    }));
    if (!activation) return;
    const board = new OddsBoard(activation, needs, line);
    const search = needs.flatMap((need) => {
      const role = activation.roles[need.roleCode];
      return role ? [wanted(need, role)] : [];
    });
    const left = new Map(needs.map((need) => [need.needId, waveSize(need, usual)]));
    let position: LinePosition | null = null;
    for (let more = true; more;) {
      const page: readonly Member[] = await this.database.read((tx) =>
        this.members.pool(tx, activationId, position, PAGE),
      );
      more = page.length === PAGE;
      const last: Member | undefined = page.at(-1);
      if (last) position = { ...last, clearedAt: last.clearedAt! };
      // Who has an offer or a place stays what they are; who rests is not spoken to.
      const idle = page.filter(({ openOffers, assigned, paused }) => openOffers === 0 && assigned === 0 && !paused);
      const candidates = idle.map((member) => candidateOf(member)).filter((one) => one !== null);
      const likely = new Set(planWave(search, left, candidates).map(({ applicationId }) => applicationId));
      const poolOf = ({ applicationId }: Member): Pool => (likely.has(applicationId) ? 'active' : 'reserve');
      const flips = idle.filter((member) => member.pool !== poolOf(member));
      for (let at = 0; at < flips.length; at += CHUNK)
        await this.flip(activation, flips.slice(at, at + CHUNK), poolOf, board, now);
    }
  }

  private flip(
    activation: Activation,
    flips: readonly Member[],
    poolOf: (member: Member) => Pool,
    board: OddsBoard,
    now: Date,
  ): Promise<void> {
    return this.transactions.run(async (tx) => {
      const locked = await this.members.lock(
        tx,
        flips.map(({ applicationId }) => applicationId),
      );
      const changes = [...locked.values()]
        .filter((member) => inPool(member) && member.openOffers === 0 && member.assigned === 0 && !member.paused)
        .filter((member) => member.pool !== poolOf(member))
        .map((before) => ({ before, after: { ...before, pool: poolOf(before), version: before.version + 1 } }));
      await this.members.update(
        tx,
        changes.map(({ after: member }) => member),
      );
      const { tallies, lines } = deltasOf(changes);
      await this.tallies.count(tx, tallies, lines);
      tx.publish(
        ApplicationAdmitted,
        changes.map(({ after: member }) => ({
          sequence: member.version,
          at: now,
          data: {
            applicationId: member.applicationId,
            activationId: member.activationId,
            forumId: member.forumId,
            pool: member.pool as Pool,
            ...board.of(member),
            nextContactAt: (member.pool === 'active'
              ? after(now, DAY)
              : workingDaysAfter(now, 5, activation.nation)
            ).toISOString(),
            at: now.toISOString(),
          },
        })),
      );
    });
  }
}
