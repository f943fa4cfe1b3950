import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Access, Who, type Staff } from '@app/access';
import { limitOf, notFound, Problem, unprocessable } from '@app/http';
import { formErrors, page, readForm, Renders, seeOther, type Page as WebPage, type SeeOther } from '@app/web';
import { ChecksQuery, type WorklistItem } from './checks.query.js';
import { DetermineCheck, DeterminationForm } from './determine-check.command.js';
import { OpenCase, type OpenedCase } from './open-case.command.js';

const KNOWN_ID = new ParseUUIDPipe({ exceptionFactory: () => notFound() });

/** Reasons an officer may pick from on the page, by outcome; their words are in the catalogue. */
export const REASONS = {
  suitable: ['original-seen-clear', 'original-seen-acceptable', 'identity-seen-in-person', 'certificate-is-theirs'],
  'suitable-with-limits': ['supervised-only', 'no-lone-visits', 'no-money-or-keys'],
  'not-suitable': ['identity-not-proven', 'certificate-not-theirs', 'content-relevant', 'barred', 'other-risk'],
} as const;

interface Worklist {
  readonly items: readonly WorklistItem[];
  readonly state: string;
}

interface CasePage {
  readonly case: OpenedCase;
  readonly reasons: typeof REASONS;
}

@Controller('vetting')
export class WorklistHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly checks: ChecksQuery,
  ) {}

  @Get()
  @Access({ staff: ['vetting-officer'] })
  @Renders('worklist', import.meta.url)
  async worklist(@Who() by: Staff, @Query('limit') limit?: string): Promise<Worklist> {
    return { items: await this.checks.list(by, 'result-in', limitOf(limit, 100), null), state: 'result-in' };
  }

  @Get('checks/:id')
  @Access({ staff: ['vetting-officer'] })
  @Renders('case', import.meta.url)
  async open(@Who() by: Staff, @Param('id', KNOWN_ID) id: string): Promise<CasePage> {
    return { case: await this.commands.execute(new OpenCase(by, id)), reasons: REASONS };
  }

  @Post('checks/:id/determination')
  @Access({ staff: ['vetting-officer'] })
  @Renders('case', import.meta.url)
  async determine(
    @Who() by: Staff,
    @Param('id', KNOWN_ID) id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<SeeOther | WebPage> {
    const values = readForm(body);
    try {
      await this.commands.execute(new DetermineCheck(by, id, parsed(values)));
      return seeOther('/vetting');
    } catch (error) {
      return this.again(error, by, id, values);
    }
  }

  @Post('checks/:id/determination/confirm')
  @Access({ staff: ['vetting-officer'] })
  @Renders('case', import.meta.url)
  async confirm(@Who() by: Staff, @Param('id', KNOWN_ID) id: string): Promise<SeeOther | WebPage> {
    try {
      await this.commands.execute(new DetermineCheck(by, id, null));
      return seeOther('/vetting');
    } catch (error) {
      return this.again(error, by, id, {});
    }
  }

  /** The same page with what is wrong and what was typed. */
  private async again(error: unknown, by: Staff, id: string, values: Record<string, unknown>): Promise<WebPage> {
    if (!(error instanceof Problem) || !error.invalidParams) throw error;
    const it: CasePage = { case: await this.commands.execute(new OpenCase(by, id)), reasons: REASONS };
    return page({ view: 'case', status: error.status, it, errors: formErrors(error), values });
  }
}

function parsed(values: object): DeterminationForm {
  const form = DeterminationForm.safeParse(values);
  if (form.success) return form.data;
  throw unprocessable(
    form.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, code: 'required', message: '' })),
  );
}
