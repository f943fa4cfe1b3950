import { Controller, Get, Param } from '@nestjs/common';
import { Access, Who, type Staff } from '@app/access';
import { notFound } from '@app/http';
import { StaffApplicationQuery, type StaffApplication } from './staff-application.query.js';

@Controller('/v1/applications')
export class ApplicationHttp {
  constructor(private readonly applications: StaffApplicationQuery) {}

  @Get(':id')
  @Access({ staff: ['vetting-officer', 'hub-coordinator', 'operator', 'auditor'] })
  async show(@Param('id') id: string, @Who() who: Staff): Promise<StaffApplication> {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)) throw notFound();
    return this.applications.of(id, who);
  }
}
