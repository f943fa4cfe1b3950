import { randomUUID } from 'node:crypto';
import { Desk } from '../../deploy/local/demo/desk.js';
import type { Row } from './drill/drill.js';
import { neighboursWaited } from './drill/recovery.js';
import { event, produce } from './drill/topics.js';

const KINDS = {
  'not-json': ['intake.application-submitted.v1', '{"applicationId": '],
  'wrong-schema': ['intake.application-submitted.v1', '{}'],
  'too-large': ['intake.application-submitted.v1', JSON.stringify({ x: 'x'.repeat(1_000_000) })],
  'unknown-version': ['intake.application-submitted.v99', '{}'],
} as const;
const PARKED = `select count(distinct reason) from vetting.dead_letter where parked_at >= $1 and state = 'parked' and reason = any($2)`;

export const row: Row = {
  says: 'bad JSON, a wrong schema, 1 MB and an unknown version among the others: each is parked, its neighbours wait < 1 s',
  limits: { parkedSeconds: 30, neighbourSeconds: 1 },
  inject: async (drill) => {
    await drill.underLoad(0.4, 0.6);
    const kinds = drill.random.shuffled(Object.values(KINDS));
    drill.healedAt = new Date();
    await produce(
      drill.broker(),
      'intake.application',
      kinds.map(([type, value]) => event(type, value)),
    );
    const all = async () => (await drill.count(PARKED, drill.healedAt, Object.keys(KINDS))) === kinds.length;
    drill.seen.parkedSeconds = await drill.within(all, 30_000, 'not every poison is parked with its reason');
  },
  after: async (drill) => {
    drill.seen.neighbourSeconds = await neighboursWaited(drill.rehearsal, drill.healedAt);
    const operator = await Desk.of(drill.file, 'operator@demo.example');
    const { body } = await operator.get('/v1/ops/dead-letters?state=parked&limit=200');
    for (const { id } of body.items as { id: string }[]) {
      const again = await operator.post(`/v1/ops/dead-letters/${id}/replay`, randomUUID());
      drill.expect(again.body.outcome === 'still-failing', `a replayed poison is ${again.body.outcome}`);
      await operator.post(`/v1/ops/dead-letters/${id}/discard`, randomUUID(), { reason: 'planted by a drill' });
    }
  },
};
