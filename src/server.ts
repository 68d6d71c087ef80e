import closeWithGrace from 'close-with-grace';
import { loadSettings } from './config/index.ts';
import { StartupError, systemClock } from './kernel/index.ts';
import { createLogger } from './log/index.ts';
import { startGatehouse, watchParent, welcome } from './start/index.ts';

/** `npm start`, and what the container image runs. */
async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const log = createLogger({ level: settings.logLevel });
  const gatehouse = await startGatehouse({ settings, clock: systemClock, log });
  const graceful = closeWithGrace(
    // Requests have their grace period; what hangs after it is ended.
    { delay: (settings.shutdownGraceSeconds + 5) * 1000, logger: false },
    async ({ err, signal }) => {
      if (err !== undefined) log.error({ err, event: 'process.failed' }, 'an error that nobody handled');
      log.info({ event: 'process.stopping', signal }, 'stopping');
      await gatehouse.close();
    },
  );
  // Whoever reads that it is ready may also stop it.
  console.log(welcome(gatehouse));
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => graceful.close());
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}
