import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { invalidParamsOf, unprocessable } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { z } from 'zod';
import { plainText } from '../submit/person-name.js';
import { Acting } from './act.js';
import { ComplaintRepository } from './complaint.repository.js';

const Said = z.object({ says: plainText(4000).pipe(z.string().min(1, 'required')) });

/** Something went wrong for a person; staff answer it. */
export class Complain extends Command<{ id: string }> {
  constructor(
    readonly applicationId: string,
    readonly body: unknown,
  ) {
    super();
  }
}

@CommandHandler(Complain)
export class ComplainHandler implements ICommandHandler<Complain> {
  constructor(
    private readonly acting: Acting,
    private readonly complaints: ComplaintRepository,
    private readonly keyring: Keyring,
  ) {}

  async execute({ applicationId, body }: Complain): Promise<{ id: string }> {
    const parsed = Said.safeParse(body);
    if (!parsed.success) throw unprocessable(invalidParamsOf(parsed.error.issues, body));
    const id = uuidv7();
    await this.acting.run(applicationId, {
      decide: (application, now) => ({
        is: 'done',
        step: {
          application: { ...application, humanSince: application.humanSince ?? now },
          timeline: [{ at: now, code: 'complaint' }],
          messages: [],
        },
      }),
      also: async (tx, { forumId }, now) => {
        const subject = { forumId, personId: applicationId, compartment: 'contact' as const };
        const sealed = await this.keyring.sealOne(
          tx,
          { subject, place: `complaint.says.${id}`, version: 1 },
          parsed.data.says,
        );
        await this.complaints.add(tx, { id, applicationId, forumId, sealed, at: now });
      },
    });
    return { id };
  }
}
