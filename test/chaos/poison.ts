import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@app/messaging';
import { Desk } from '../../deploy/local/demo/desk.js';
import type { Row } from './drill/drill.js';
import { neighboursWaited } from './drill/recovery.js';
import { produce } from './drill/topics.js';

const TYPE = 'intake.application-submitted';
const KINDS = {
  'not-json': { type: `${TYPE}.v1`, value: '{"applicationId": ' },
  'wrong-schema': { type: `${TYPE}.v1`, value: '{}' },
  'too-large': { type: `${TYPE}.v1`, value: JSON.stringify({ x: 'x'.repeat(1_000_000) }) },
  'unknown-version': { type: `${TYPE}.v99`, value: '{}' },
};

const message = ({ type, value }: { type: string; value: string }) => {
  const ids = { ce_id: uuidv7(), ce_correlationid: randomUUID(), ce_forumid: randomUUID(), ce_type: type };
  const rest = { ce_specversion: '1.0', ce_source: '/intake', ce_time: new Date().toISOString(), ce_sequence: '1' };
  return { key: randomUUID(), value, headers: { ...ids, ...rest } };
};

export const row: Row = {
  says: 'bad JSON, a wrong schema, 1 MB and an unknown version among the others: each is parked, its neighbours wait < 1 s',
  inject: async (drill) => {
    await drill.underLoad(0.4, 0.6);
    const kinds = drill.random.shuffled(Object.values(KINDS));
    const at = new Date();
    await produce(drill.broker(), 'intake.application', kinds.map(message));
    const parked = `select count(distinct reason) from vetting.dead_letter where parked_at >= $1 and state = 'parked' and reason = any($2)`;
    const all = async () => (await drill.count(parked, at, Object.keys(KINDS))) === kinds.length;
    drill.seen.parkedSeconds = await drill.within(all, 30_000, 'not every poison is parked with its reason');
    drill.healedAt = at;
  },
  /** A person looks at each, tries it again in vain, and puts it away. */
  after: async (drill) => {
    const longer = await neighboursWaited(drill.rehearsal, drill.healedAt);
    drill.seen.neighbourSeconds = longer;
    drill.expect(longer < 1, `neighbours waited ${longer} s longer than those before`);
    const operator = await Desk.of(drill.file, 'operator@demo.example');
    const { body } = await operator.get('/v1/ops/dead-letters?state=parked&limit=200');
    for (const { id } of body.items as { id: string }[]) {
      const again = await operator.post(`/v1/ops/dead-letters/${id}/replay`, randomUUID());
      drill.expect(again.body.outcome === 'still-failing', `a replayed poison is ${again.body.outcome}`);
      await operator.post(`/v1/ops/dead-letters/${id}/discard`, randomUUID(), { reason: 'planted by a drill' });
    }
  },
};
