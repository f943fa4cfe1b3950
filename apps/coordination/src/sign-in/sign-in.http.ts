import { Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, StaffRole, Who, type Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { Problem, Produces } from '@app/http';
import { Renders } from '@app/web';
import type { CoordinationConfig } from '../coordination.settings.js';
import { returnPath } from './return-to.js';
import { BeginSignIn, FinishSignIn, SignOut } from './sign-in.command.js';

/** Everybody, and whoever is signed in as themselves. */
const ANYBODY = { staff: [...StaffRole.options], public: true } as const;

@Controller('sign-in')
export class SignInHttp {
  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIG) private readonly config: CoordinationConfig,
  ) {}

  /** Sends the browser to the directory. */
  @Get()
  @Access({ public: true })
  @Produces('text/html', 'application/json')
  async begin(@Res() reply: FastifyReply, @Query('returnTo') returnTo?: string): Promise<void> {
    const begun = await this.commands.execute(new BeginSignIn(returnPath(returnTo)));
    await reply
      .header('set-cookie', this.attemptCookie(begun.attempt, 600))
      .header('cache-control', 'no-store')
      .redirect(begun.url, 303);
  }

  @Get('callback')
  @Access({ public: true })
  @Produces('text/html', 'application/json')
  async finish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const attempt = this.attemptOf(request);
    if (!attempt) throw new Problem({ type: 'sign-in-expired', status: 400 });
    const query = request.url.slice(request.url.indexOf('?'));
    const { cookie, returnTo } = await this.commands.execute(new FinishSignIn(attempt, query));
    await reply
      .header('set-cookie', [cookie, this.attemptCookie('', 0)])
      .header('cache-control', 'no-store')
      .redirect(returnTo, 303);
  }

  @Get('out')
  @Access(ANYBODY)
  @Renders('sign-out', import.meta.url)
  ask(@Who() who: Caller): object {
    return { signedIn: who.is === 'staff' };
  }

  /** Ends the session here and, within seconds, in every app. */
  @Post('out')
  @Access(ANYBODY)
  @Produces('text/html', 'application/json')
  async end(@Who() who: Caller, @Res() reply: FastifyReply): Promise<void> {
    if (who.is === 'staff') void reply.header('set-cookie', (await this.commands.execute(new SignOut(who))).cookie);
    await reply.redirect('/sign-in/out', 303);
  }

  private get cookieName(): string {
    const origin = new URL(this.config.MUSTER_ORIGIN);
    return origin.protocol === 'https:' ? '__Host-muster-sign-in' : `muster-sign-in-${origin.port || '80'}`;
  }

  private attemptCookie(value: string, seconds: number): string {
    const secure = this.config.MUSTER_ORIGIN.startsWith('https:') ? '; Secure' : '';
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
  }

  private attemptOf(request: FastifyRequest): string | null {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.cookieName && value && /^[A-Za-z0-9_-]{22}$/.test(value)) return value;
    }
    return null;
  }
}
