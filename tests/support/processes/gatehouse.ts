import { loadSettings } from '../../../src/config/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { createLogger } from '../../../src/log/index.ts';
import { startGatehouse } from '../../../src/start/index.ts';

/** A Gatehouse as in production (no demo, no embedded database), but at an http issuer, for several behind one proxy. */
const settings = { ...loadSettings(process.env), mode: 'production' as const };
const log = createLogger({ level: settings.logLevel });
process.on('unhandledRejection', error => {
  console.error('UNHANDLED', error);
  process.exit(70);
});
const gatehouse = await startGatehouse({ settings, clock: systemClock, log });
console.log('ready');
process.on('SIGTERM', () => void gatehouse.close().then(() => process.exit(0)));
