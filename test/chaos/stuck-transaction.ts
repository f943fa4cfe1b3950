import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Row } from './drill/drill.js';

const APPS = ['intake', 'vetting', 'notification'] as const;

export const row: Row = {
  says: "a transaction of an app's own role that wrote to its journal and then hangs: it is ended, the relay pauses no longer",
  limits: { stuckSeconds: 10 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.4);
    const app = drill.random.one(APPS);
    const settings = JSON.parse(readFileSync(join(drill.stack.home, 'settings.json'), 'utf8')) as {
      postgres: Record<string, string>;
    };
    const url = new URL(drill.file.postgres.url);
    const stuck = new Client({
      ...{ host: url.hostname, port: Number(url.port), database: url.pathname.slice(1) },
      ...{ user: app, password: settings.postgres[app]! },
    });
    const ended = new Promise<void>((done) => stuck.on('error', () => done()).on('end', () => done()));
    await stuck.connect();
    await stuck.query('begin');
    await stuck.query(
      `insert into ${app}.journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
       values ('${app}.x.v1', '${app}.x', 'x', '{}', 1, now(), gen_random_uuid(), gen_random_uuid())`,
    );
    const since = performance.now();
    const late = drill.pause(10_000, 10_000).then(() => 'late');
    drill.expect((await Promise.race([ended, late])) !== 'late', 'the stuck transaction was not ended in 10 s');
    drill.seen.stuckSeconds = Math.round((performance.now() - since) / 100) / 10;
    void stuck.end().catch(() => {});
    drill.healedAt = new Date();
  },
};
