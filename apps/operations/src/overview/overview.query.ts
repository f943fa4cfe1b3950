import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import type { AppOverview } from '@app/operator';
import { AppPorts } from '../ports/app-ports.js';
import { gather } from './gather.js';
import type { Overview } from './overview.js';

const FRESH_MS = 1000;

/** The board; everybody who may see it sees the same, so one question a second serves all who look. */
@Injectable()
export class OverviewQuery {
  private last: { askedAt: number; board: Promise<Overview> } | null = null;

  constructor(
    private readonly ports: AppPorts,
    private readonly clock: Clock,
  ) {}

  read(staffToken: string): Promise<Overview> {
    const now = performance.now();
    if (!this.last || now - this.last.askedAt > FRESH_MS) this.last = { askedAt: now, board: this.ask(staffToken) };
    return this.last.board;
  }

  private async ask(staffToken: string): Promise<Overview> {
    return gather(await this.ports.everyInstance<AppOverview>('/operator/overview', staffToken), this.clock.now());
  }
}
