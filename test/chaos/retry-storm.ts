import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'everybody sends their form again, three times, all at once and in another order, to two intakes',
  instances: { intake: 2 },
  rate: 150,
  inject: async (drill) => {
    await drill.underLoad(0.5, 0.8);
    for (let n = 0; n < 3; n += 1) {
      const people = Array.from({ length: drill.rehearsal.load.sent }, (_, person) => person);
      await Promise.all(drill.random.shuffled(people).map((person) => drill.rehearsal.load.again(person)));
    }
    drill.healedAt = new Date();
  },
};
