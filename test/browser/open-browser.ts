import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { programFile } from '../../src/files/repository-root.js';
import { startGateway, type ChildGateway } from '../../src/replay/start-gateway.js';
import { skipUnless } from '../support/skip-without.js';

const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Why tests with a browser are skipped; false when they can run. */
export const skip = skipUnless(existsSync(chromiumPath), {
  what: 'chromium',
  hint: `apt-get install chromium, or set CHROMIUM_PATH (now ${chromiumPath})`,
});

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Whatever a developer would see in red: errors, failed requests, answers of 400 and above. */
  readonly complaints: string[];
}

/** Opens a page and keeps everything that goes wrong in it. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A reload cuts what is under way.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
  });
  return { page, complaints };
}

export interface OpenConsole extends WatchedPage {
  readonly gateway: ChildGateway;
  readonly browser: Browser;
}

/**
 * Starts a gateway in a process of its own and opens its console in a browser.
 *
 * @param env              more of its environment.
 * @param onUnexpectedEnd  told what has happened when the gateway ends by itself.
 */
export async function openConsole({
  dataDir,
  env = {},
  onUnexpectedEnd,
}: {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onUnexpectedEnd: (what: string) => void;
}): Promise<OpenConsole> {
  const gateway = await startGateway({
    entry: programFile(),
    dataDir,
    env: { PATH: process.env['PATH'], UNDERSTUDY_LOG_LEVEL: 'silent', ...env },
    onUnexpectedEnd: (code) => onUnexpectedEnd(`The gateway ended with ${String(code)}.`),
  });
  const browser = await openBrowser();
  const watched = await openPage(browser);
  await watched.page.goto(gateway.url);
  return { gateway, browser, ...watched };
}

/** WCAG 2.2 AA and those before it, and what axe-core adds from experience. */
const ruleSets = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** @returns what axe-core objects to, one line each. */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(readFileSync(axe, 'utf8'));
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(ruleSets)} })`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 120)}`),
  );
}

export const narrow = { width: 390, height: 844 };
const wide = { width: 1280, height: 900 };

/** On a phone and on a desk: nothing that axe-core objects to, nothing wider than the window. */
export async function assertUsableByAll(page: Page): Promise<void> {
  for (const viewport of [narrow, wide]) {
    await page.setViewportSize(viewport);
    assert.deepEqual(await accessibilityViolations(page), []);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width);
  }
}
