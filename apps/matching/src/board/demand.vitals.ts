import { Vital, type Reading, type Vitals } from '@app/operator';
import { DemandHealthQuery } from './demand-health.query.js';

/** What an operator watches here: places without people, offers past their time, needs whose role no plan knows. */
@Vital()
export class DemandVitals implements Vitals {
  constructor(private readonly demand: DemandHealthQuery) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const health = await this.demand.at(now);
    return [
      { code: 'places-free', value: health.placesFree, level: 'green' },
      {
        code: 'offers-overdue',
        value: health.offersOverdue,
        level: health.offersOverdue === 0 ? 'green' : 'red',
        runbook: 'offers-overdue',
      },
      {
        code: 'needs-without-search',
        value: health.unsearched,
        level: health.unsearched === 0 ? 'green' : 'amber',
        runbook: 'needs-without-search',
      },
      {
        code: 'needs-starting-short',
        value: health.startingShort,
        level: health.startingShort === 0 ? 'green' : 'amber',
        runbook: 'needs-starting-short',
      },
    ];
  }
}
