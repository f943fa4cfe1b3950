import { Controller, Get, Param, Query } from '@nestjs/common';
import { Access } from '@app/access';
import { notFound } from '@app/http';
import { Renders } from '@app/web';
import { DESK, LOOKERS } from '../desk/desk.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import { ApplicationTraceQuery, type ApplicationTrace } from './application-trace.query.js';

const REFERENCE = /^MU-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$/;

@Controller()
@Access(LOOKERS)
export class ApplicationsController {
  constructor(private readonly traces: ApplicationTraceQuery) {}

  @Get('v1/ops/applications/:reference')
  one(@Param('reference') reference: string, @StaffToken() token: string): Promise<ApplicationTrace> {
    return this.traces.follow(referenceOf(reference), token);
  }

  /** A search by GET, so that its address can be kept. */
  @Get('ops/applications')
  @Renders('application', DESK)
  async search(@Query('reference') asked: string | undefined, @StaffToken() token: string): Promise<object> {
    const typed = (asked ?? '').trim().toUpperCase();
    if (typed === '') return { reference: '', trace: null, found: null };
    const trace = REFERENCE.test(typed) ? await this.found(typed, token) : null;
    return { reference: typed.slice(0, 40), trace, found: trace !== null };
  }

  private async found(reference: string, token: string): Promise<ApplicationTrace | null> {
    try {
      return await this.traces.follow(reference, token);
    } catch (error) {
      if ((error as { status?: number }).status === 404) return null;
      throw error;
    }
  }
}

const referenceOf = (text: string): string => {
  const reference = text.toUpperCase();
  if (!REFERENCE.test(reference)) throw notFound();
  return reference;
};
