import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access } from '@app/access';
import { notFound } from '@app/http';
import { page, readForm, Renders, seeOther, type Page, type SeeOther } from '@app/web';
import { ACTORS, DESK } from '../desk/desk.js';
import { Forms } from '../desk/forms.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import type { Overview } from '../overview/overview.js';
import { OverviewQuery } from '../overview/overview.query.js';
import { AppPorts } from '../ports/app-ports.js';

const reason = z.string().trim().min(3).max(300);
const CircuitChange = z.strictObject({ state: z.enum(['open', 'closed', 'auto']), reason });
type CircuitChange = z.infer<typeof CircuitChange>;
const ModeChange = z.strictObject({
  activation: z.string().trim().min(1).max(80),
  role: z.string().trim().min(1).max(40).optional(),
  mode: z.enum(['open', 'capped', 'interest-only']),
  reason,
  until: z.iso.datetime({ offset: true }).optional(),
});
type ModeChange = z.infer<typeof ModeChange>;
type Provider = Overview['providers'][number];

/** Levers that the apps offer: the pull is theirs, with its checks and its audit. */
@Controller()
@Access(ACTORS)
export class LeversController {
  constructor(
    private readonly ports: AppPorts,
    private readonly overview: OverviewQuery,
    private readonly forms: Forms,
  ) {}

  @Post('v1/ops/providers/:name/circuit')
  @HttpCode(200)
  async circuit(
    @Param('name') name: string,
    @Body({ schema: CircuitChange }) change: CircuitChange,
    @StaffToken() token: string,
  ): Promise<CircuitChange & { name: string }> {
    const { app } = await this.provider(name, token);
    await this.ports.act(app, '/operator/levers/provider-circuit', { name, ...change }, token);
    return { name, ...change };
  }

  @Post('v1/ops/intake-mode')
  @HttpCode(200)
  async mode(@Body({ schema: ModeChange }) change: ModeChange, @StaffToken() token: string): Promise<ModeChange> {
    await this.ports.act('intake', '/operator/levers/intake-mode', change, token);
    return change;
  }

  @Get('ops/providers/:name')
  @Renders('provider', DESK)
  async askCircuit(
    @Param('name') name: string,
    @Query() query: { done?: string },
    @StaffToken() token: string,
  ): Promise<object> {
    return { provider: await this.provider(name, token), done: query.done === 'yes' };
  }

  @Post('ops/providers/:name')
  @Renders('provider', DESK)
  async setCircuit(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @StaffToken() token: string,
  ): Promise<Page | SeeOther> {
    const form = this.forms.read(CircuitChange, readForm(body), request);
    if (form.is === 'wrong') {
      const it = { provider: await this.provider(name, token) };
      return page({ status: 422, it, errors: form.errors, values: form.values });
    }
    return seeOther(`/ops/providers/${encodeURIComponent(name)}?done=yes`, await this.circuit(name, form.value, token));
  }

  @Get('ops/intake-mode')
  @Renders('intake-mode', DESK)
  async askMode(@Query() query: { done?: string }, @StaffToken() token: string): Promise<object> {
    return { mode: (await this.overview.read(token)).intake.mode, done: query.done === 'yes' };
  }

  @Post('ops/intake-mode')
  @Renders('intake-mode', DESK)
  async setMode(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @StaffToken() token: string,
  ): Promise<Page | SeeOther> {
    const typed = readForm(body);
    const again = async (errors: Parameters<typeof page>[0]['errors']): Promise<Page> =>
      page({ status: 422, it: await this.askMode({}, token), errors: errors!, values: typed });
    const form = this.forms.read(ModeChange, typed, request);
    if (form.is === 'wrong') return again(form.errors);
    const sent = await this.forms.tried(() => this.mode(form.value, token), request);
    return sent.is === 'wrong' ? again(sent.errors) : seeOther('/ops/intake-mode?done=yes', sent.value);
  }

  private async provider(name: string, token: string): Promise<Provider> {
    const { providers } = await this.overview.read(token);
    const provider = providers.find((one) => one.name === name);
    if (!provider) throw notFound();
    return provider;
  }
}
