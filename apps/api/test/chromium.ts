import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const executablePath = BROWSERS.find((path) => existsSync(path));
const canRun = executablePath !== undefined || process.env['GATEHOUSE_REQUIRE_BROWSER'] === '1';

if (!canRun) process.stderr.write('Skipped: browser tests, because no Chromium is installed\n');

/** Tests in a real browser, where there is one. */
export const describeInBrowser = canRun ? describe : describe.skip;

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
