import type { Artifact } from './artifact-store.ts';

/** The string form of a record in Redis; its layout is described beside the scripts that read it. */
export interface RecordHeader {
  state: 'L' | 'C' | 'R';
  consumedAt: number | undefined;
  expiresAt: number;
  version: string;
  grantId: string;
  lookup: string;
}

export function formatRecord(header: Omit<RecordHeader, 'state' | 'consumedAt'>, payload: object): string {
  const { expiresAt, version, grantId, lookup } = header;
  return `L||${expiresAt}|${version}|${grantId}|${lookup}\n${JSON.stringify(payload)}`;
}

/** @returns undefined for what is expired or revoked */
export function parseRecord(
  model: string,
  id: string,
  value: string,
  now: number,
): (Artifact & { grantId: string }) | undefined {
  const end = value.indexOf('\n');
  const [state, consumedAt = '', expiresAt, version = '', grantId = ''] = value.slice(0, end).split('|');
  if (state === 'R' || Number(expiresAt) <= now) return undefined;
  return {
    model,
    id,
    payload: JSON.parse(value.slice(end + 1)) as Record<string, unknown>,
    consumedAt: consumedAt === '' ? undefined : Number(consumedAt),
    version,
    grantId,
  };
}
