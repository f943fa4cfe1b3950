import { Controller, Get } from '@nestjs/common';
import { Access } from '@app/access';
import type { Act } from '@app/operator';
import { Renders } from '@app/web';
import { DESK, LOOKERS } from '../desk/desk.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import { AppPorts } from '../ports/app-ports.js';

type Audited = Omit<Act, 'at'> & { readonly id: string; readonly at: string; readonly app: string };

/** What operators did, as each app keeps it: nobody can change it there, and nothing of it is copied here. */
@Controller()
@Access(LOOKERS)
export class AuditController {
  constructor(private readonly ports: AppPorts) {}

  @Get('v1/ops/audit')
  async list(@StaffToken() token: string): Promise<{ items: Audited[]; next: null }> {
    const told = await this.ports.everyApp<{ items: Omit<Audited, 'app'>[] }>('/operator/audit', token);
    const items = told
      .flatMap(({ app, answer }) => (answer?.items ?? []).map((act) => ({ ...act, app })))
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, 200);
    return { items, next: null };
  }

  @Get('ops/audit')
  @Renders('audit', DESK)
  page(@StaffToken() token: string): Promise<object> {
    return this.list(token);
  }
}
