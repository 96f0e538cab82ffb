import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import type { ProblemJson, RunJson } from '../../src/http/api-types.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { digits, drawWithFinger, drawWithMouse } from './draw-digit.js';
import {
  accessibilityViolations,
  assertUsableByAll,
  narrow,
  openConsole,
  openPage,
  skip,
} from './open-browser.js';

/** Share of the samples to replay: about 1 500 rows, enough for a student worth promoting. */
const replayedPercent = 34;

/** The rest of a run, its search among it, on a machine that has other things to do. */
const runMsMax = 300_000;

const runsPath = '/v1/tasks/digits/distillations';
const conflict: ProblemJson = {
  type: 'about:blank',
  title: 'The present state does not allow it',
  status: 409,
  detail: 'A distillation is going on.',
  code: 'CONFLICT',
  retryable: true,
};

// One visit from the first look to the end of the gateway: each test goes on from the one before.
describe('the console', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    ({ gateway, browser, page, complaints } = await openConsole({
      dataDir,
      onUnexpectedEnd: (what) => console.error(what),
    }));
  });
  after(async () => {
    await browser.close();
    await gateway.stop().catch(() => {}); // The last test has stopped it.
  });
  const dataDir = temporaryDirectory(); // Here, so that it goes after the gateway.

  const label = () => page.getByRole('status', { name: 'Label' });
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const sentBar = () => page.getByRole('progressbar', { name: 'Sample traffic sent' });
  const runBar = () => page.getByRole('progressbar', { name: 'Distillation' });
  const run = (state: string) => page.locator(`[data-testid=run][data-state=${state}]`);
  const version = (name: string, state: string) =>
    page.locator(`tbody[data-version^="${name}-"]`).filter({ hasText: state });

  it('states the promise and that nothing is certified on the first day', async () => {
    await page.getByText('at most 5\u00a0% may differ from the teacher').waitFor();
    await page.getByText('Not certified yet').waitFor();
    await page.getByText(/more holdout rows until a threshold can be certified/).waitFor();
    await version('v1', 'serving').waitFor();
  });

  it('answers what is drawn with the mouse, and says who, why and at what cost', async () => {
    await drawWithMouse(page, digits.seven);

    await page.getByText('The teacher answered').waitFor();
    await page.getByText('No threshold is certified yet').waitFor();
    await page.getByText("$0.001, the teacher's price").waitFor();
    // A slow machine draws with pauses: what was drawn until then has been answered before.
    await label().filter({ hasText: '7' }).waitFor();
    await page.getByRole('listitem', { name: /^7: (100|9\d\.\d\d)/ }).waitFor();
  });

  it('lets the student answer on request', async () => {
    await page.getByRole('radio', { name: 'Student' }).check();

    await page.getByText('The student answered').waitFor();
    await page.getByText('You asked for the student.').waitFor();
    await page.getByText("times less than the teacher's $0.001").waitFor();
    assert.equal(await label().innerText(), '7');
    await page.getByRole('radio', { name: 'Policy' }).check();
  });

  it('takes a real input by keyboard, for those who can not draw', async () => {
    await button('Take a real one').press('Enter');

    const caption = await page.getByText(/^A real input, labelled \d$/).innerText();
    await label()
      .filter({ hasText: caption.at(-1)! })
      .waitFor();
    await button('Clear').press('Enter');
    await page.getByText('Nothing asked yet').waitFor();
  });

  it('replays traffic, counts it by route, and stops on request', async () => {
    await button('Replay sample traffic').click();
    const seen = await seenUntil(replayedPercent, sentBar(), button('Replay it again'));
    await button('Stop').click();
    await button('Go on replaying').waitFor();

    assert.ok(seen.length > 3, `progress was ${seen.join(', ')}`);
    const tally = page.getByTestId('tally');
    const counted = await Promise.all(
      ['student', 'teacher', 'degraded'].map((route) =>
        numberIn(tally.locator(`[data-route=${route}] b`)),
      ),
    );
    const sent = await page.getByText(/\d sent$/).innerText();
    const rows = counted.reduce((sum, count) => sum + count, 0);
    assert.equal(`${rows} of 4500 sent`, sent.replaceAll('\u2009', ''));
  });

  it('labels a digit by its own key, wherever that stands', async () => {
    await button('Begin').click();
    await page.getByRole('group', { name: 'Row to label' }).waitFor();
    await page.keyboard.press('3');

    const said = page.getByRole('status', { name: 'Review' });
    await said.filter({ hasText: 'Labelled 3. 1 labelled.' }).waitFor();
  });

  it('shows the traffic in its charts', async () => {
    await page.getByRole('img', { name: /^Share by route: .*teacher \d/ }).waitFor();
    await page.getByRole('img', { name: /^Cost: \$\d\.\d\d spent/ }).waitFor();
    assert.ok((await numberIn(page.getByTestId('traffic-rows'))) > 1_000);
  });

  it('re-distils with live progress, and finds the run again after a reload', async () => {
    await button('Re-distil now').click();
    await run('running').waitFor();
    assert.equal(await button(/^Distilling/).isDisabled(), true);
    await page.reload();
    await run('running').waitFor();
    // Polling is held up: the run's own events must be enough.
    await page.route('**/distillations', () => {});
    const seen = await seenUntil(60, runBar(), run('promoted'));

    assert.ok(seen.length > 3, `progress was ${seen.join(', ')}`);
    await run('promoted').waitFor({ timeout: runMsMax });
    await page.unroute('**/distillations');
    // Six gates, and the check of the teacher.
    assert.equal(await run('promoted').getByRole('img', { name: 'passed' }).count(), 7);
    assert.equal(await run('promoted').getByRole('img', { name: 'failed' }).count(), 0);
    await page.getByText('Run promoted').waitFor();
  });

  it('lists the new version with its evaluation', async () => {
    await version('v2', 'serving').waitFor();
    await version('v1', 'previous').waitFor();
    await button(/^v2-/).click();

    await version('v2', 'Agreement on')
      .filter({ hasText: /Accuracy on 500 golden rows.*, before 8\d\.\d/s })
      .waitFor();
  });

  it('opens the page of the run, with its pictures, and closes it by keyboard', async () => {
    await button('Evaluation of this run').click();
    const opened = page.getByRole('dialog', { name: 'Evaluation' });
    await opened.getByRole('heading', { name: /^Evaluation of v2-/ }).waitFor();
    await opened.getByRole('heading', { name: 'Lineage' }).waitFor();

    const pictures = await opened.getByRole('img').all();
    for (const picture of pictures)
      assert.ok(
        await picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth),
      );
    assert.equal(pictures.length, 4);
    await opened.getByRole('columnheader', { name: 'recall' }).waitFor();
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.keyboard.press('Escape');
    await opened.waitFor({ state: 'detached' });
  });

  it('rolls back and promotes after asking', async () => {
    await button('Roll back to v1').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await version('v2', 'serving').waitFor();
    await button('Roll back to v1').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await version('v1', 'serving').waitFor();
    await page.getByText('Student rolled back').waitFor();

    await button(/^Promote v2-/).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
    await version('v2', 'serving').waitFor();
  });

  it('goes on replaying where it stopped, also after a reload', async () => {
    await button('Go on replaying').click();
    const [first] = await seenUntil(replayedPercent + 1, sentBar(), button('Replay it again'));
    await button('Stop').click();

    assert.ok(first! >= replayedPercent, `it began at ${first} %`);
    await button('Go on replaying').waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by all, ${colorScheme}, wide and narrow`, async () => {
      await page.emulateMedia({ colorScheme });
      await assertUsableByAll(page);
    });
  }

  it('takes a finger on a phone, without scrolling away', async () => {
    const phone = await openPage(browser, { viewport: narrow, hasTouch: true, isMobile: true });
    await phone.page.goto(gateway.url);
    await phone.page.getByRole('button', { name: 'Clear' }).scrollIntoViewIfNeeded();
    await drawWithFinger(phone.page, digits.five);

    const phoneLabel = phone.page.getByRole('status', { name: 'Label' });
    await phoneLabel.filter({ hasText: '5' }).waitFor();
    assert.deepEqual(phone.complaints, []);
    await phone.page.close();
  });

  it('has met no error on the way', () => {
    assert.deepEqual(complaints, []);
  });

  it('says why a request was refused', async () => {
    await page.route('**/predict', (route) =>
      route.continue({ postData: JSON.stringify({ input: 'AAAA' }) }),
    );
    await drawWithMouse(page, digits.three);

    const problem = page.getByRole('alert');
    await problem.getByText('The request is not valid').waitFor();
    await problem.getByText('got base64 of 3 bytes').waitFor();
    await problem.getByText('INVALID_INPUT').waitFor();
    await page.unroute('**/predict');
  });

  it('says that the gateway is out of reach, and recovers by itself', async () => {
    await page.context().setOffline(true);
    await page.getByText('No answer, trying again').waitFor();
    await button('Clear').click();
    await drawWithMouse(page, digits.three);
    await page.getByLabel('Try it').getByText('The gateway does not answer').waitFor();
    await button('Go on replaying').click();
    await button('Re-distil now').click();
    for (const name of ['Traffic', 'Distillation'])
      await page.getByLabel(name, { exact: true }).getByText('Try again when it answers').waitFor();
    await page.context().setOffline(false);

    await page.getByText('Live').waitFor();
    await label().filter({ hasText: '3' }).waitFor();
    assert.equal(await page.getByText('The gateway does not answer').count(), 0);
  });

  it('says that another tab was faster no longer than until its run has ended', async () => {
    const response = await fetch(`${gateway.url}${runsPath}`);
    const answers = (await response.json()) as { runs: RunJson[] };
    const ended = { ...answers.runs[0]!, id: 'other', startedAtMs: Date.now() };
    let shown: RunJson[] = answers.runs;
    await page.route('**/distillations*', async (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json: { runs: shown } });
      shown = [{ ...ended, state: 'running', endedAtMs: null, share: 0.5, stage: 'train' }];
      return route.fulfill({ status: 409, json: conflict });
    });

    await button('Re-distil now').click();
    await run('running').waitFor();
    shown = [ended];
    await run('promoted').waitFor();

    assert.equal(await page.getByText(conflict.title).count(), 0);
    await page.unroute('**/distillations*');
  });

  it('keeps what it knows when the gateway stops', async () => {
    await gateway.stop();

    await page.getByText('The gateway does not answer').first().waitFor();
    await page.getByText(/^What you see is of/).waitFor();
    await version('v2', 'serving').waitFor();
  });
});

/**
 * Follows a progress bar to a share, or to where `end` shows up in its place.
 *
 * @returns the different values that were seen, in percent.
 */
async function seenUntil(
  percentMin: number,
  bar: Locator,
  end: Locator,
): Promise<readonly number[]> {
  const seen: number[] = [];
  while ((seen.at(-1) ?? -1) < percentMin) {
    const moved = bar.and(bar.page().locator(`:not([aria-valuenow="${seen.at(-1) ?? -1}"])`));
    await moved.or(end).first().waitFor();
    if ((await end.count()) > 0) return seen;
    seen.push(Number(await bar.getAttribute('aria-valuenow')));
  }
  return seen;
}

const numberIn = async (locator: Locator): Promise<number> =>
  Number((await locator.innerText()).replaceAll(/\D/g, ''));
