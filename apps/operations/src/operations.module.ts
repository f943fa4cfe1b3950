import { Module } from '@nestjs/common';
import { ApplicationTraceQuery } from './applications/application-trace.query.js';
import { ApplicationsController } from './applications/applications.http.js';
import { AuditController } from './audit/audit.http.js';
import { Forms } from './desk/forms.js';
import { ReadStaffToken } from './desk/staff-token.pipe.js';
import { LetterDesk } from './letters/letter-desk.js';
import { LetterPagesController } from './letters/letter-pages.http.js';
import { LettersController } from './letters/letters.http.js';
import { LettersQuery } from './letters/letters.query.js';
import { LeversController } from './levers/levers.http.js';
import { OverviewController } from './overview/overview.http.js';
import { OverviewQuery } from './overview/overview.query.js';
import { AppPorts } from './ports/app-ports.js';
import { QueueBoardController } from './queues/queue-board.http.js';
import { ReadOnlyBoard } from './queues/read-only-board.js';
import { RunbooksController } from './runbooks/runbooks.http.js';

@Module({
  controllers: [
    OverviewController,
    LettersController,
    LetterPagesController,
    LeversController,
    ApplicationsController,
    AuditController,
    RunbooksController,
    QueueBoardController,
  ],
  providers: [
    AppPorts,
    OverviewQuery,
    LettersQuery,
    LetterDesk,
    ApplicationTraceQuery,
    Forms,
    ReadStaffToken,
    ReadOnlyBoard,
  ],
})
export class OperationsModule {}
