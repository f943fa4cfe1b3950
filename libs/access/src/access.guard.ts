import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptable, PRODUCES, Problem } from '@app/http';
import { ACCESS_RULE, type AccessRule, type Entered } from './access.js';
import { Door } from './door.js';

interface Ruled {
  readonly rule: AccessRule | undefined;
  readonly produces: readonly string[] | undefined;
}

type Handler = (...args: unknown[]) => unknown;

/** Stands before every route; boot has already refused to start when one of them has no rule. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly ruled = new Map<Handler, Ruled>();

  constructor(private readonly door: Door) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler() as Handler;
    let ruled = this.ruled.get(handler);
    if (!ruled) this.ruled.set(handler, (ruled = ruledBy(handler, context.getClass())));
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & Entered>();
    if (!ruled.rule) throw new Problem({ type: 'forbidden', status: 403 });
    if (!acceptable(request.headers.accept, ruled.produces)) throw new Problem({ type: 'not-acceptable', status: 406 });
    const entry = await this.door.enter(ruled.rule, request);
    request.caller = entry.caller;
    request.csrf = entry.csrf;
    if (entry.headers) http.getResponse<FastifyReply>().headers(entry.headers as Record<string, string>);
    return true;
  }
}

/** What stands on the method counts before what stands on the class. */
const ruledBy = (handler: Handler, controller: object): Ruled => ({
  rule: metadata<AccessRule>(ACCESS_RULE, handler, controller),
  produces: metadata<readonly string[]>(PRODUCES, handler, controller),
});

const metadata = <T>(key: symbol, handler: object, controller: object): T | undefined =>
  (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller)) as T | undefined;
