import type { Door, Staff, StaffRole } from '@app/access';
import { forbidden, unauthorised } from '@app/http';
import type { ServiceCall, ServiceTokenReader } from './service-token.js';

export interface OperatorRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body?: unknown;
}

export const STAFF_HEADER = 'muster-staff';

export interface Entered {
  readonly staff: Staff;
  readonly call: ServiceCall;
  /**
   * The other forums of the installation, of which nothing is shown here (S8). What names a forum that nobody belongs to
   * is not among them: somebody must be able to mend it.
   */
  readonly notTheirs: readonly string[];
}

/** Both must be good: the signed call of operations, and the credential of the person behind it (S12). */
export class OperatorDoor {
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly tokens: ServiceTokenReader,
    private readonly door: Door,
  ) {}

  async enter(request: OperatorRequest): Promise<Entered> {
    const [, token] = /^Bearer ([A-Za-z0-9._-]{20,4000})$/.exec(String(request.headers['authorization'] ?? '')) ?? [];
    const staffToken = request.headers[STAFF_HEADER];
    if (token === undefined || typeof staffToken !== 'string') throw unauthorised('credential-invalid');
    const path = request.url.split('?', 1)[0]!;
    const call = await this.tokens.read(token, { method: request.method, path, body: request.body, staffToken });
    if (!call || this.cameBefore(call)) throw unauthorised('credential-invalid');
    const staff = await this.door.staffOf(staffToken);
    if (!staff) throw unauthorised('session-ended');
    return { staff, call, notTheirs: this.door.forumsBeside(staff) };
  }

  /** For this process; what changes something asks the database as well, which all instances share. */
  private cameBefore(call: ServiceCall): boolean {
    const now = Date.now();
    for (const [jti, until] of this.seen) {
      if (until > now) break;
      this.seen.delete(jti);
    }
    if (this.seen.has(call.jti)) return true;
    this.seen.set(call.jti, call.expiresAt.getTime());
    return false;
  }
}

export function mustHave(staff: Staff, roles: readonly StaffRole[]): void {
  if (!roles.some((role) => staff.roles.includes(role))) throw forbidden('role-missing');
}
