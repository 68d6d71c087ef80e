import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { authorizationCodeGrant, fetchUserInfo } from 'openid-client';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

let op: OpUnderTest;
let web: TestClient;
let agent: UserAgent;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
  agent = op.browser();
  await op.authorize({ client: web, agent });
});
afterAll(() => op.close());
beforeEach(() =>
  runSql(op.gatehouse.databaseUrl, 'DELETE FROM avatar; UPDATE account SET avatar_name = NULL'),
);

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const stored = () => select<{ name: string; bytes: Buffer }>('SELECT name, bytes FROM avatar');
const form = (browser = agent) => browser.open(`${op.issuer}/account/avatar`);

async function upload(bytes: Uint8Array, fields: Record<string, string> = {}): Promise<Page> {
  return agent.upload(await form(), 'avatar-form', { name: 'picture', bytes }, fields);
}

const picture = (width = 640, height = 480) =>
  sharp({ create: { width, height, channels: 3, background: '#a03060' } });

/** A small PNG whose header says that it is large. */
async function claimedToBe(width: number, height: number): Promise<Buffer> {
  const png = await picture(1, 1).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

/** The bytes as they are served. */
async function served(name: string): Promise<Response> {
  return fetch(`${op.issuer}/avatars/${name}.webp`);
}

async function pictureClaim(): Promise<unknown> {
  const response = await op.authorize({ client: web, params: { scope: 'openid profile' } });
  const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
  const info = await fetchUserInfo(web.config, tokens.access_token, tokens.claims()?.sub ?? '');
  return info.picture;
}

describe('a picture', () => {
  test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
    'as %s becomes a square of ours',
    async format => {
      expect((await upload(await picture().toFormat(format).toBuffer())).url).toBe(`${op.issuer}/account`);
      const [row] = await stored();
      expect(await sharp(row?.bytes).metadata()).toMatchObject({ format: 'webp', width: 512, height: 512 });
    },
  );

  test('is the picture claim, at an address that caches may keep, until there is another or none', async () => {
    await upload(await picture().png().toBuffer());
    const [first] = await stored();
    const url = `${op.issuer}/avatars/${first?.name}.webp`;
    // Accounts are remembered for a few seconds.
    await until('the claim names it', async () => (await pictureClaim()) === url);
    expect((await form()).text).toContain(`/avatars/${first?.name}.webp`);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(first?.bytes);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=86400, immutable');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const etag = answer.headers.get('etag') ?? '';
    expect((await agent.send('GET', url, undefined, { 'If-None-Match': etag })).status).toBe(304);

    await upload(await picture(100, 900).jpeg().toBuffer());
    const rows = await stored();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.name).not.toBe(first?.name);
    expect((await fetch(url)).status).toBe(404);

    await agent.upload(
      await form(),
      'avatar-form',
      { name: 'picture', bytes: Buffer.alloc(0) },
      { action: 'remove' },
    );
    expect(await stored()).toEqual([]);
    expect((await served(rows[0]?.name ?? '')).status).toBe(404);
    expect((await form()).text).not.toContain('/avatars/');
  });

  test('keeps nothing but pixels, upright', async () => {
    const photo = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#ffffff' } })
      .composite([
        {
          input: { create: { width: 300, height: 100, channels: 3, background: '#000000' } },
          top: 0,
          left: 0,
        },
      ])
      .jpeg()
      .withMetadata({ orientation: 3 })
      .withExifMerge({
        IFD0: { Make: 'Secret Camera' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
      })
      .toBuffer();
    expect(photo.includes('Secret Camera')).toBe(true);
    await upload(photo);
    const [row] = await stored();
    expect(row?.bytes.includes('Secret Camera')).toBe(false);
    const { exif, xmp, iptc, icc, orientation } = await sharp(row?.bytes).metadata();
    expect([exif, xmp, iptc, icc, orientation]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    // Turned upside down by the camera: what was the upper half is the lower one.
    const { data, info } = await sharp(row?.bytes).raw().toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan(200);
    expect(data[data.length - info.channels]).toBeLessThan(50);
  });

  test('loses what hides behind it', async () => {
    const tail = Buffer.from('<script>alert(document.domain)</script>PK\u0003\u0004');
    await upload(Buffer.concat([await picture().jpeg().toBuffer(), tail]));
    const [row] = await stored();
    expect(row?.bytes.includes('script')).toBe(false);
  });

  test('of twenty uploads at once one is left, and it is the one that the account names', async () => {
    const page = await form();
    const bytes = await picture().png().toBuffer();
    await Promise.all(
      Array.from({ length: 20 }, () =>
        agent.clone().upload(page, 'avatar-form', { name: 'picture', bytes }, {}),
      ),
    );
    const rows = await stored();
    expect(rows).toHaveLength(1);
    expect(await select('SELECT avatar_name AS name FROM account')).toEqual([{ name: rows[0]?.name }]);
  });
});

describe('what is no picture', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
  const unreadable = 'This is not a picture that we can read.';

  test.each([
    ['SVG', () => Buffer.from(svg), unreadable],
    ['SVG after an XML declaration', () => Buffer.from(`<?xml version="1.0"?>${svg}`), unreadable],
    ['PDF', () => Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj'), unreadable],
    ['TIFF', () => picture().tiff().toBuffer(), unreadable],
    ['half a JPEG', async () => (await picture().jpeg().toBuffer()).subarray(0, 900), unreadable],
    ['a script', () => Buffer.from('#!/bin/sh\nid'), unreadable],
    ['nothing', () => Buffer.alloc(0), 'Choose a picture first.'],
    ['more than 5 MB', () => Buffer.alloc(5 * 1024 * 1024 + 1, 1), 'This file is too large.'],
    [
      'a small file with 400 million pixels',
      () => claimedToBe(20_000, 20_000),
      'This picture has too many pixels.',
    ],
  ] as const)('%s is refused with a reason', async (_what, make, reason) => {
    const answer = await upload(await make());
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(reason);
    expect(answer.text).toContain('<title>Error: ');
    expect(await stored()).toEqual([]);
  });

  test('whatever the bytes are, they are refused or become a picture of ours', async () => {
    const valid = await picture(40, 30).png().toBuffer();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(valid.length).map(length => valid.subarray(0, length)),
      fc
        .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
        .map(changes => {
          const copy = Buffer.from(valid);
          for (const [index, value] of changes) copy[index] = value;
          return copy;
        }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async some => {
        const answer = await upload(some);
        expect([200, 422]).toContain(answer.status);
        const rows = await stored();
        for (const row of rows) {
          expect(await sharp(row.bytes).metadata()).toMatchObject({ format: 'webp', width: 512 });
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('a broken form, another kind of form, and a form of another page', async () => {
    const url = `${op.issuer}/account/avatar`;
    const own = { Origin: op.issuer, 'Sec-Fetch-Site': 'same-origin' };
    const broken = 'multipart/form-data; boundary=x';
    for (const [type, body, status] of [
      [broken, '--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nab', 400],
      ['multipart/form-data', '--x', 400],
      ['application/json', '{}', 415],
    ] as const) {
      const answer = await agent.send('POST', url, body, { ...own, 'Content-Type': type });
      expect(answer.status).toBe(status);
    }
    const bytes = await picture().png().toBuffer();
    const foreign = await agent.open(`${op.issuer}/account/profile`);
    const renamed = {
      ...foreign,
      text: foreign.text
        .replaceAll('profile-form', 'avatar-form')
        .replaceAll('/account/profile"', '/account/avatar"'),
    };
    const answer = await agent.upload(renamed, 'avatar-form', { name: 'picture', bytes });
    expect(answer.status).toBe(403);
    expect(await stored()).toEqual([]);
  });

  test('of who is not signed in nothing is taken', async () => {
    const page = await form();
    const bytes = await picture().png().toBuffer();
    const stranger = op.browser();
    const answer = await stranger.upload(page, 'avatar-form', { name: 'picture', bytes });
    expect(answer.text).toContain('identifier-form');
    expect(await stored()).toEqual([]);
  });
});
