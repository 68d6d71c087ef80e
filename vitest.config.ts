import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/write-coverage.ts'],
    pool: 'forks',
    // Node runs tests and sources as they are, as it does in production; coverage is Node's own, over all processes.
    experimental: { viteModuleRunner: false },
    // Tests start servers and browsers of their own; more at once than this makes them slow, not fast.
    maxWorkers: 2,
    // A machine that is busy with other things is no reason to fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
