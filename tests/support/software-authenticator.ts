import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What an authenticator is told to do otherwise than well. */
export interface Behaviour {
  /** The page that the browser says it is on. */
  origin: string;
  isUserVerified?: boolean;
  isUserPresent?: boolean;
  /** The counter that it signs; one more than the last by default. */
  counter?: number;
  /** Signs for another domain. */
  rpId?: string;
  /** Says another account. */
  userHandle?: string;
  challenge?: string;
  /** Says to be of another ceremony. */
  type?: string;
  /** Says who made it. */
  maker?: Maker;
}

/** Who vouches for an authenticator (section 8.2, packed attestation). */
export interface Maker {
  aaguid: string;
  /** The certificate of this kind of authenticator, DER; without one it vouches for itself. */
  certificate?: { der: Buffer; privateKey: KeyObject };
}

export interface SoftwarePasskey {
  id: string;
  /** The answer to `navigator.credentials.create`, as JSON. */
  created: string;
  /** The answer to `navigator.credentials.get`, as JSON. */
  assert(options: string, behaviour: Behaviour): string;
  /** A copy with the state that it has now. */
  clone(): SoftwarePasskey;
}

const flags = { userPresent: 0x01, userVerified: 0x04, attested: 0x40 };

/** A passkey made by hand (Web Authentication Level 3), for what no browser would do. */
export function createPasskey(
  creation: string,
  { origin, isUserVerified = true, isUserPresent = true, rpId, challenge, type, maker }: Behaviour,
): SoftwarePasskey {
  const options = JSON.parse(creation) as { challenge: string; rp: { id: string }; user: { id: string } };
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  // COSE_Key of EC2, ES256, P-256.
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const data = Buffer.concat([
    authenticatorData(rpId ?? options.rp.id, { isUserVerified, isUserPresent, isAttested: true }, 0),
    Buffer.from((maker?.aaguid ?? '').replaceAll('-', '').padEnd(32, '0'), 'hex'),
    Buffer.from([0, id.length]),
    id,
    cose,
  ]);
  const client = clientData(type ?? 'webauthn.create', challenge ?? options.challenge, origin);
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  const { certificate } = maker ?? {};
  const statement: Record<string, Cbor> =
    maker === undefined
      ? {}
      : {
          alg: -7,
          sig: sign('sha256', signed, certificate?.privateKey ?? privateKey),
          ...(certificate === undefined ? {} : { x5c: [certificate.der] }),
        };
  const attestation = cbor({
    fmt: maker === undefined ? 'none' : 'packed',
    attStmt: statement,
    authData: data,
  });
  const created = JSON.stringify({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: client.toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    },
  });
  return passkeyOf({
    id: id.toString('base64url'),
    created,
    privateKey,
    userHandle: options.user.id,
    counter: 0,
  });
}

interface State {
  id: string;
  created: string;
  privateKey: KeyObject;
  userHandle: string;
  counter: number;
}

function passkeyOf(state: State): SoftwarePasskey {
  return {
    id: state.id,
    created: state.created,
    clone: () => passkeyOf({ ...state }),
    assert(request, { origin, isUserVerified = true, isUserPresent = true, ...other }) {
      const options = JSON.parse(request) as { challenge: string; rpId: string };
      state.counter = other.counter ?? state.counter + 1;
      const data = authenticatorData(
        other.rpId ?? options.rpId,
        { isUserVerified, isUserPresent, isAttested: false },
        state.counter,
      );
      const client = clientData(other.type ?? 'webauthn.get', other.challenge ?? options.challenge, origin);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      return JSON.stringify({
        id: state.id,
        rawId: state.id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: sign('sha256', signed, state.privateKey).toString('base64url'),
          userHandle: other.userHandle ?? state.userHandle,
        },
      });
    },
  };
}

function authenticatorData(
  rpId: string,
  { isUserVerified, isUserPresent, isAttested }: Record<string, boolean>,
  counter: number,
): Buffer {
  const bits =
    (isUserPresent ? flags.userPresent : 0) |
    (isUserVerified ? flags.userVerified : 0) |
    (isAttested ? flags.attested : 0);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([bits]), count]);
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

type Cbor = number | string | Buffer | Cbor[] | { [name: string]: Cbor };

/** As much of RFC 8949 as an attestation needs. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([name, each]) => [cbor(name), cbor(each)]),
  ]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
}
