import { systemClock } from '../../../src/kernel/index.ts';
import { migrate } from '../../../src/store/index.ts';

/** One of several processes that start together. Prints what it applied. */
const [url = '', folder = ''] = process.argv.slice(2);
console.log(JSON.stringify(await migrate({ url, folder, clock: systemClock })));
