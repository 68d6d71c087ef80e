import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../support/certificates.ts';
import { enrolPasskey } from '../support/enrol-passkey.ts';
import { selectRows } from '../support/services.ts';
import type { Maker } from '../support/software-authenticator.ts';

const allowed = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const name = 'C=DE, O=Lantern, OU=Authenticator Attestation, CN=Key';

describe('where only some kinds of authenticators may be enrolled', () => {
  let maker: CertificateAuthority;
  let stranger: CertificateAuthority;
  let op: OpUnderTest;
  beforeAll(async () => {
    [maker, stranger] = await Promise.all([createCertificateAuthority(), createCertificateAuthority()]);
    op = await startOp({ PASSKEY_AAGUIDS: allowed, PASSKEY_ATTESTATION_ROOTS: maker.ca });
  });
  afterAll(() => op.close());

  async function madeBy(authority: CertificateAuthority, aaguid: string): Promise<Maker> {
    const { cert, key } = await authority.issue({ name });
    return {
      aaguid,
      certificate: { der: new X509Certificate(cert).raw, privateKey: createPrivateKey(key) },
    };
  }
  const passkeys = () => selectRows<{ name: string }>(op.gatehouse.databaseUrl, 'SELECT name FROM passkey');

  test.each<[string, () => Promise<Maker | undefined>]>([
    ['says nothing of what it is', () => Promise.resolve(undefined)],
    ['vouches for itself', () => Promise.resolve({ aaguid: allowed })],
    ['is of a maker nobody named', () => madeBy(stranger, allowed)],
    ['is of another kind', () => madeBy(maker, 'ee882879-721c-4913-9775-3dfcce97072a')],
  ])('one that %s is refused', async (_name, make) => {
    const by = await make();
    const { page } = await enrolPasskey(op, op.browser(), undefined, by === undefined ? {} : { maker: by });
    expect(page.status).toBe(422);
    expect(await passkeys()).toEqual([]);
  });

  test('one whose maker vouches for it is taken, and called what it is', async () => {
    const { page } = await enrolPasskey(op, op.browser(), undefined, { maker: await madeBy(maker, allowed) });
    expect(page.status).toBe(200);
    expect(await passkeys()).toEqual([{ name: 'YubiKey 5 NFC' }]);
  });
});
