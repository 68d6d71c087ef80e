import { createInterface } from 'node:readline';
import { systemClock } from '../../../src/kernel/index.ts';
import {
  createPostgresArtifactStore,
  createRedisArtifactStore,
  openDatabase,
} from '../../../src/store/index.ts';

/** Consumes each record named on its input many times at once, and answers how often it won. */
const [driver = '', url = '', atOnce = '10'] = process.argv.slice(2);
const store =
  driver === 'redis'
    ? await createRedisArtifactStore({ url, clock: systemClock })
    : createPostgresArtifactStore({ pool: openDatabase({ url, poolSize: 10 }).pool, clock: systemClock });
console.log('ready');

for await (const id of createInterface({ input: process.stdin })) {
  const consume = () =>
    store.commit([{ kind: 'consume', model: 'AuthorizationCode', id, at: systemClock.now() }]);
  const conflicts = await Promise.all(Array.from({ length: Number(atOnce) }, consume));
  console.log(conflicts.filter(conflict => conflict === undefined).length);
}
process.exit(0);
