import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

// A test worker is ended without a chance to write what it covered; other processes write it when they end.
afterAll(() => takeCoverage());
