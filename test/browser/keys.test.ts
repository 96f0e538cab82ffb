import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import { keysFileText } from '../support/key-ring.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { accessibilityViolations, openConsole, openPage, skip } from './open-browser.js';

// One visit: each test goes on from the one before.
describe('the console of a gateway with keys', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  const dir = temporaryDirectory();

  before(async () => {
    const keysFile = join(dir, 'keys.json');
    writeFileSync(
      keysFile,
      keysFileText({
        chief: {},
        seller: { scopes: ['predict'] },
        watcher: { scopes: ['read', 'predict'] },
      }),
    );
    ({ gateway, browser, page } = await openConsole({
      dataDir: join(dir, 'data'),
      env: {
        UNDERSTUDY_KEYS_FILE: keysFile,
      },
      onUnexpectedEnd: (what) => assert.fail(what),
    }));
  });
  after(async () => {
    await browser.close();
    await gateway.stop();
  });

  const button = (name: string) => page.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');
  async function use(key: string): Promise<void> {
    await page.getByLabel('API key').fill(key);
    await button('Use this key').click();
  }

  it('asks for a key, and for nothing else', async () => {
    await dialog().getByRole('heading', { name: 'This gateway asks for a key' }).waitFor();
    await dialog().getByText('Whoever runs it can make you one').waitFor();
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');

    await dialog().waitFor(); // The second one closed it: it comes again a moment later.
  });

  it('says that a key is not known, or does not let it look', async () => {
    await use('nobody');
    await dialog().getByText('This API key is not known here.').waitFor();
    await use('seller');
    await dialog().getByText('needs the scope read; the key "seller" has predict.').waitFor();
  });

  it('shows everything to a key that may look, and says what else it needs', async () => {
    await use('watcher');
    await page.getByText('Not certified yet').waitFor();
    assert.equal(await dialog().count(), 0);
    await button('Take a real one').click();
    await page.getByText('The teacher answered').waitFor();

    await page.getByRole('radio', { name: 'Student' }).check();
    await page.getByText('needs the scope override; the key "watcher" has read, predict').waitFor();
    await button('Re-distil now').click();
    await page.getByText('needs the scope operate; the key "watcher" has read, predict').waitFor();
  });

  it('keeps the key in this tab alone', async () => {
    await page.reload();
    await page.getByText('Not certified yet').waitFor();
    const { page: other } = await openPage(browser);
    await other.goto(gateway.url);
    await other.getByRole('dialog').waitFor();
    await other.close();
  });

  it('takes another key, and follows a run with it', async () => {
    await button('Change key').click();
    await button('Cancel').click();
    assert.equal(await dialog().count(), 0);
    await button('Change key').click();
    await use('chief');
    await page.getByRole('radio', { name: 'Student' }).check();
    await button('Take a real one').click();
    await page.getByText('The student answered').waitFor();

    const events = page.waitForResponse(/\/events$/);
    await button('Re-distil now').click();
    const answer = await events;
    await page.locator('[data-testid=run]').first().waitFor();

    assert.equal(answer.status(), 200);
    assert.equal(await answer.request().headerValue('authorization'), 'Bearer chief');
  });
});
