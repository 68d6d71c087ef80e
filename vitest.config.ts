import { defineConfig } from 'vitest/config';

const least = 90;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    pool: 'forks',
    // Tests start servers and browsers of their own; more at once than this makes them slow, not fast.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/store/generated/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: least, branches: least, functions: least, statements: least },
    },
  },
});
