import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';
import { SHARES, type Crowd, type OutwardCode, type Role } from '../../../tools/surge/people.js';
import type { Plan, Stint, Told } from './generator.js';

/** The crowd of the demo's activation, for this seed. */
export const crowdOf = async (database: Client, activation: string, seed: string): Promise<Crowd> => {
  const { rows: codes } = await database.query<OutwardCode>(
    'select outward_code as code, district as borough from coordination.catchment order by outward_code',
  );
  const { rows: roles } = await database.query<Role>(
    `select r.code, r.tier, r.minimum_age as "minimumAge", r.remote
       from intake.activation a join intake.activation_role r on r.activation_id = a.id where a.slug = $1 order by r.position`,
    [activation],
  );
  const from = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 10);
  return { seed, activation, codes, roles, from, shares: { ...SHARES, duplicate: 0.01 } };
};

/** The generator's process, from here. */
export class Load {
  private constructor(private readonly child: ChildProcess) {}

  static async begin(plan: Plan): Promise<Load> {
    const child = fork(fileURLToPath(new URL('generator.js', import.meta.url)), {
      execArgv: ['--enable-source-maps', '--expose-gc', '--max-semi-space-size=64'],
    });
    child.send({ plan });
    await once(child, 'message');
    return new Load(child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** `begun` is called when the forms are made and the clock starts. */
  async stint(stint: Stint, begun: () => void = () => undefined): Promise<Told> {
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    const hear = (message: { begun?: true; told?: Told }) => {
      if (message.begun) begun();
      if (message.told) resolve(message.told);
    };
    const end = (code: number | null) => reject(new Error(`the generator ended (${code})`));
    this.child.on('message', hear).once('exit', end);
    this.child.send({ stint });
    try {
      return await promise;
    } finally {
      this.child.off('message', hear).off('exit', end);
    }
  }

  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
