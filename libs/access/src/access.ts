import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ACCESS_RULE } from '@app/http';
import type { Caller, StaffRole } from './caller.js';

/** Who may enter a route; at least one of them, and every route has a rule. */
export interface AccessRule {
  readonly public?: true;
  /** With `public`: the bearer in the request is not one of ours, and the route itself checks it (a provider's receipts). */
  readonly ownBearer?: true;
  /** The scope that a partner's key must bear. */
  readonly partner?: string;
  /** Any of these roles. */
  readonly staff?: readonly StaffRole[];
  /** The token in a link, taken from the path parameter `token`. */
  readonly person?: true;
}

export { ACCESS_RULE };

export const Access = (rule: AccessRule): MethodDecorator & ClassDecorator => SetMetadata(ACCESS_RULE, rule);

export interface Entered {
  caller?: Caller;
  /** The session's token for forms; empty without a session. */
  csrf?: string;
}

/** Who asks. */
export const Who = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<Entered>().caller!,
);
