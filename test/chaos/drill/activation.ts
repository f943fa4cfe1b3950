import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { Desk } from '../../../deploy/local/demo/desk.js';
import { londonHour } from '../../../deploy/local/demo/needs.js';
import { ACTIVATION, PLAN } from '../../../deploy/local/demo/plan.js';
import type { Stack } from '../../../tools/stack-file.js';
import { eventually } from './wait.js';

const NEEDS = [
  ['sandbags', 'OL1 1AA', 25],
  ['reception-centre', 'M14 5AA', 15],
  ['deliver-shopping', 'SK4 1AA', 15],
] as const;

/** Each run has an activation of its own: its pool, its places, and nobody of an earlier run in line before them. */
export const openActivation = async (stack: Stack, database: Pool, slug: string): Promise<void> => {
  const duty = await Desk.of(stack, 'duty@demo.example');
  const approver = await Desk.of(stack, 'approver@demo.example');
  const referrer = await Desk.of(stack, 'referrer@demo.example');
  const { rows } = await database.query<{ id: string }>('select id from coordination.plan where title = $1', [
    PLAN.title,
  ]);
  const key = (what: string): string => `chaos-${slug}-${what}`;
  const made = await duty.post('/v1/activations', key('requested-by-duty'), {
    ...ACTIVATION,
    ...{ planId: rows[0]!.id, slug, title: `Drill ${slug}` },
  });
  await approver.post(`/v1/activations/${made.body.id}/approve`, key('approved-by-another'));
  await eventually(() => isKnown(stack, slug), 60_000, 'the front door does not hear of the activation');
  await Promise.all(
    NEEDS.map(async ([role, postcode, places], n) => {
      const startsAt = londonHour(new Date(), 3 + n, 9);
      const endsAt = new Date(startsAt.getTime() + 4 * 3_600_000);
      const need = {
        activation: slug,
        role,
        postcode,
        places,
        skills: [],
        remote: false,
        title: `Drill ${slug} ${role}`,
      };
      const { body } = await referrer.post('/v1/needs', key(`need-${role}-raised`), {
        ...need,
        ...{ startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), notes: '' },
      });
      const safe = { safeguarding: 'clear', regulatedActivity: false };
      await duty.post(`/v1/needs/${body.id}/verify`, key(`need-${role}-verified`), safe);
    }),
  );
};

/** Every intake names other faults of an empty form, but not its activation: it knows that, and that the partner may send for it. */
const isKnown = async ({ origin, partnerKey }: Stack, slug: string): Promise<boolean> => {
  for (let n = 0; n < 4; n += 1) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await fetch(`${origin}/v1/applications`, {
      ...{ method: 'POST', headers: { ...headers, authorization: `Bearer ${partnerKey}` } },
      body: JSON.stringify({ activation: slug }),
    });
    const { invalidParams } = (await answer.json()) as { invalidParams?: { pointer: string }[] };
    if (!invalidParams || invalidParams.some(({ pointer }) => pointer === '/activation')) return false;
  }
  return true;
};
