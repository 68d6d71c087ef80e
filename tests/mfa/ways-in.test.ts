import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pagesRouter } from '../../src/pages/index.ts';
import type { PagesDeps } from '../../src/pages/pages-deps.ts';
import { stepPages } from '../../src/pages/steps/index.ts';
import { otherRoutes, provedBy, waysIn, waysInTable } from '../../src/pages/ways-in.ts';
import { openTemplates } from '../../src/start/open-templates.ts';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';

const profileRules = { attributes: [], required: [], hasUsernames: false };
const isListed = (route: string) => route in waysIn || otherRoutes.has(route);

describe('the table of ways in', () => {
  let op: OpUnderTest;
  beforeAll(async () => {
    op = await startOp();
  });
  afterAll(() => op.close());

  test('has every route of our pages', () => {
    // To say where they are, routes need no more than this.
    const deps = { issuer: op.issuer, templates: openTemplates(), profileRules, hasGallery: false };
    const paths = pagesRouter(deps as unknown as PagesDeps)
      .stack.filter(({ methods }) => methods.length > 0)
      .map(({ path }) => String(path));
    expect(paths.length).toBeGreaterThan(30);
    expect([...new Set(paths)].filter(path => !isListed(path))).toEqual([]);
  });

  test('has every endpoint of the provider', () => {
    const endpoints = Object.entries(op.metadata)
      .filter(([name]) => name.endsWith('_endpoint') || name.endsWith('_uri') || name.endsWith('_iframe'))
      .map(([, url]) => new URL(url as string).pathname);
    expect(endpoints.length).toBeGreaterThan(8);
    expect(endpoints.filter(path => !isListed(path))).toEqual([]);
  });

  test('is what the documentation says', () => {
    expect(readFileSync('docs/assurance.md', 'utf8')).toContain(waysInTable());
  });

  test('has every step, and no step that is not there', () => {
    expect(Object.keys(provedBy).toSorted()).toEqual(Object.keys(stepPages(profileRules)).toSorted());
  });
});
