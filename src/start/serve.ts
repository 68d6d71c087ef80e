import closeWithGrace from 'close-with-grace';
import { loadSettings } from '../config/index.ts';
import { systemClock } from '../kernel/index.ts';
import { createLogger } from '../log/index.ts';
import { startGatehouse } from './start-when-needed.ts';
import { watchParent } from './watch-parent.ts';
import { welcome } from './welcome.ts';

export interface ServeInput {
  environment: NodeJS.ProcessEnv;
  /** Takes what the person who started it should read. */
  print: (text: string) => void;
}

/**
 * A whole process: up with the settings in the environment, until it is told to stop.
 * @throws StartupError
 */
export async function serve({ environment, print }: ServeInput): Promise<void> {
  const settings = loadSettings(environment);
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
  print(welcome(gatehouse));
  if (environment['npm_lifecycle_event'] !== undefined) watchParent(() => graceful.close());
}
