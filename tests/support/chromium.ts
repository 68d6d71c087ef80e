import { type Browser, chromium } from 'playwright-core';
import { chromiumPath } from './tools.ts';

/** A real Chromium. Close it when the file is done. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}
