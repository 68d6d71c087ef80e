/**
 * Owns what `npm start` adds for trying things out: an account, clients, a sample relying party, a mailbox, demo.json.
 * Loaded in development only; a production image does not contain it.
 */
import { startSample } from '../../scripts/sample/index.ts';
import type { Settings } from '../config/index.ts';
import { type Clock, newSecret } from '../kernel/index.ts';
import type { PasswordHasher } from '../passwords/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import { type DemoFacts, readFacts, writeFacts } from './demo-facts.ts';
import { needsSecret, readDemoPlan } from './demo-plan.ts';
import { seed } from './seed.ts';

export type { DemoFacts };

export interface Demo {
  /** Takes mail into the mailbox. */
  smtpUrl: string;
  /** Writes demo.json. */
  publish(addresses: { managementUrl: string; operationsUrl: string }): DemoFacts;
  close(): Promise<void>;
}

interface Deps {
  settings: Settings;
  clock: Clock;
  database: Database;
  hasher: PasswordHasher;
  sealer: Sealer;
}

const samplePassword = () => newSecret(15);

export async function startDemo({ settings, clock, database, hasher, sealer }: Deps): Promise<Demo> {
  const { issuer, dataDir } = settings;
  const known = readFacts(dataDir);
  const sample = await startSample({
    port: settings.samplePort,
    address: settings.bindAddress,
    issuer,
    resource: 'https://notes.example/api',
    apiScope: 'notes:read',
  });
  try {
    const plan = readDemoPlan({ issuer, sample: sample.url });
    const account = { email: plan.account.email, password: known.account?.password ?? samplePassword() };
    const clients = Object.fromEntries(
      plan.clients.map(metadata => {
        const secret = known.clients?.[metadata.client_id]?.client_secret ?? newSecret();
        return [
          metadata.client_id,
          { ...metadata, ...(needsSecret(metadata) ? { client_secret: secret } : {}) },
        ];
      }),
    );
    await seed({ database, hasher, sealer, clock }, plan, {
      account,
      clients,
      isPasswordNew: known.account === undefined,
    });
    sample.use(clients['demo-web'] ?? { client_id: 'demo-web' });

    return {
      smtpUrl: sample.smtpUrl,
      close: () => sample.close(),
      publish({ managementUrl, operationsUrl }) {
        const facts: DemoFacts = {
          issuer,
          management_url: managementUrl,
          operations_url: operationsUrl,
          mailbox_url: sample.mailboxUrl,
          sample_url: sample.url,
          account,
          clients,
        };
        writeFacts(dataDir, facts);
        return facts;
      },
    };
  } catch (error) {
    await sample.close();
    throw error;
  }
}
