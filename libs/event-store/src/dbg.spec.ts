import { startTemporaryPostgres } from '@testimony/local-postgres';
import { writeSync } from 'node:fs';
import { openEventStore } from './index';
const say = (t: string) => writeSync(2, t + '\n');
it('x', async () => {
  const p = await startTemporaryPostgres(); say('started');
  const s = await openEventStore({ url: p.url, schema: 'a' }); say('opened');
  await s.append('a', 0, [{ type: 'x', data: 1, published: false }]); say('appended');
  await s.close(); say('closed');
  await p.stop(); say('stopped');
}, 20000);
