import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Access } from '@app/access';
import { languageOf } from '@app/http';
import { Catalogues, type Language } from '@app/language';
import { Renders } from '@app/web';
import { DESK, LOOKERS } from '../desk/desk.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import type { Alert, Overview } from './overview.js';
import { OverviewQuery } from './overview.query.js';

interface Board extends Overview {
  readonly why: readonly string[];
}

@Controller()
@Access(LOOKERS)
export class OverviewController {
  constructor(
    private readonly overview: OverviewQuery,
    private readonly words: Catalogues,
  ) {}

  @Get('v1/ops/overview')
  async read(@StaffToken() token: string, @Req() request: FastifyRequest): Promise<Board> {
    return this.board(token, languageOf(request));
  }

  @Get('ops')
  @Renders('overview', DESK)
  async page(@StaffToken() token: string, @Req() request: FastifyRequest): Promise<Board & { refresh: boolean }> {
    const { refresh } = request.query as { refresh?: string };
    return { ...(await this.board(token, languageOf(request))), refresh: refresh === 'on' };
  }

  @Get('ops/waiting')
  @Renders('queues', DESK)
  queues(@StaffToken() token: string): Promise<Overview> {
    return this.overview.read(token);
  }

  @Get('ops/journals')
  @Renders('journals', DESK)
  journals(@StaffToken() token: string): Promise<Overview> {
    return this.overview.read(token);
  }

  private async board(token: string, language: Language): Promise<Board> {
    const board = await this.overview.read(token);
    return { ...board, why: board.alerts.map((alert) => this.say(alert, language)) };
  }

  private say({ code, subject, value }: Alert, language: Language): string {
    return this.words.say(language, `ops.alert.${code}`, { subject, value });
  }
}
