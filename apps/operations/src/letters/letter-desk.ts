import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AppPorts } from '../ports/app-ports.js';
import { LettersQuery } from './letters.query.js';

const code = z.string().trim().min(1).max(200);
const reason = z.string().trim().min(3).max(300);

export const ReplayFilter = z.strictObject({
  consumer: code.optional(),
  type: code.optional(),
  reasonCode: code.optional(),
});
export type ReplayFilter = z.infer<typeof ReplayFilter>;
export const Reasoned = z.strictObject({ reason });
export const Edited = z.strictObject({ data: z.record(z.string(), z.unknown()), reason });

export type Outcome =
  | { outcome: 'replayed'; letters: number }
  | { outcome: 'still-failing'; reasonCode: string }
  | { outcome: 'edited' }
  | { outcome: 'discarded' }
  | { outcome: 'second-person-needed'; role: string };

export interface Replays {
  readonly replayed: number;
  readonly failing: number;
  /** Apps that could not be asked; they keep their letters. */
  readonly away: readonly string[];
}

/** Acts on one letter go to the app that holds it, which checks the roles again and keeps the audit. */
@Injectable()
export class LetterDesk {
  constructor(
    private readonly letters: LettersQuery,
    private readonly ports: AppPorts,
  ) {}

  async act(id: string, act: 'replay' | 'edit' | 'discard', body: object, staffToken: string): Promise<Outcome> {
    const { app } = await this.letters.one(id, staffToken);
    return this.ports.act<Outcome>(app, `/operator/letters/${id}/${act}`, body, staffToken);
  }

  /** Every app that is there; one that is away keeps its letters. */
  async replayAll(filter: ReplayFilter, staffToken: string): Promise<Replays> {
    const away: string[] = [];
    const done = await Promise.all(
      this.ports.apps.map(async (app) => {
        try {
          return await this.ports.act<{ replayed: number; failing: number }>(
            app,
            '/operator/letters/replay',
            filter,
            staffToken,
          );
        } catch (error) {
          if ((error as { status?: number }).status !== 503) throw error;
          away.push(app);
          return { replayed: 0, failing: 0 };
        }
      }),
    );
    return {
      replayed: done.reduce((total, one) => total + one.replayed, 0),
      failing: done.reduce((total, one) => total + one.failing, 0),
      away,
    };
  }
}
