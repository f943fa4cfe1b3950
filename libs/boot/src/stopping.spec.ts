import { expect, test } from '@jest/globals';
import { Log } from '@app/telemetry';
import { Stopping } from './stopping.js';

test('stops in the opposite order, goes on past what fails or hangs, and does it once', async () => {
  const stopping = new Stopping(Log.silent());
  const done: string[] = [];
  stopping.after('database', () => done.push('database'));
  stopping.after('hangs', () => new Promise(() => undefined), 20);
  stopping.after('fails', () => Promise.reject(new Error('no')));
  stopping.after('listener', () => done.push('listener'));
  stopping.finally(() => done.push('finally'));
  await Promise.all([stopping.run(), stopping.run()]);
  expect(done).toEqual(['listener', 'database', 'finally']);
});
