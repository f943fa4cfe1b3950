import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { Access } from '@app/access';
import { unprocessable } from '@app/http';
import { page, Renders, seeOther, type Page, type SeeOther } from '@app/web';
import { FormAgain } from '../apply/form-again.js';
import { hashOfToken } from '../links/token.js';
import { AnswerGuardian } from './answer-guardian.command.js';
import { GuardianQuery, type GuardianPage } from './guardian.query.js';

type Shown = GuardianPage & { href: string };
const HERE = import.meta.url;

/** The guardian's own page; whoever only looks changes nothing (S15). */
@Controller('/s/:token/guardian')
@Access({ person: true })
export class GuardianHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly guardians: GuardianQuery,
    private readonly again: FormAgain,
  ) {}

  @Get()
  @Renders('guardian', HERE)
  async show(@Param('token') token: string): Promise<Page<Shown>> {
    return page({ it: await this.read(token) });
  }

  /** `{ "answer": "agreed" | "refused", "theirFamilyName": "…" }` */
  @Post()
  @HttpCode(200)
  @Renders('guardian', HERE)
  async answer(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<SeeOther<Shown> | Page<never>> {
    const it = await this.read(token);
    try {
      const { answer, familyName } = answerIn(body);
      await this.commands.execute(new AnswerGuardian(hashOfToken(token), answer, familyName));
    } catch (error) {
      return this.again.show(error, request, { view: 'guardian', it, values: {} });
    }
    return seeOther(it.href, await this.read(token));
  }

  @Post('not-me')
  @HttpCode(200)
  @Renders('guardian-not-me', HERE)
  async notMe(@Param('token') token: string): Promise<{ stopped: true }> {
    await this.commands.execute(new AnswerGuardian(hashOfToken(token), 'not-me', ''));
    return { stopped: true };
  }

  private async read(token: string): Promise<Shown> {
    return { ...(await this.guardians.of(hashOfToken(token))), href: `/s/${token}/guardian` };
  }
}

const answerIn = (body: unknown): { answer: 'agreed' | 'refused'; familyName: string } => {
  const { answer, theirFamilyName: familyName } = (body ?? {}) as Record<string, unknown>;
  const wrong = (field: string) => ({ pointer: `/${field}`, code: 'required', message: '' });
  const said = answer === 'agreed' || answer === 'refused' ? answer : null;
  const name = typeof familyName === 'string' && familyName.length <= 200 ? familyName.trim() : '';
  if (said && name !== '') return { answer: said, familyName: name };
  throw unprocessable([...(name === '' ? [wrong('theirFamilyName')] : []), ...(said ? [] : [wrong('answer')])]);
};
