import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import type { ReviewJson, TaskJson } from '../../src/http/api-types.js';
import type { TradeoffJson } from '../../src/http/api-types-tradeoff.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { assertUsableByAll, openConsole, skip } from './open-browser.js';

const minuteMs = 60_000;
const base = '/v1/tasks/squares';
/** As the console groups digits. */
const formatCount = (count: number): string => count.toLocaleString('en').replaceAll(',', '\u2009');

// One visit: the first certificate, another target, and a world that changes.
describe('the console of somebody who sets a target', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const dir = temporaryDirectory();

  before(async () => {
    ({ gateway, browser, page, complaints } = await openConsole({
      dataDir: join(dir, 'data'),
      env: {
        // Student and teacher differ between 0.5 and 0.6, where the first traffic hardly ever is.
        UNDERSTUDY_TASKS: writeSquaresFile(join(dir, 'squares'), {
          student: { cut: 0.6, steepness: 30 },
          teacher: { cut: 0.5, steepness: 500 },
          policy: {
            ...{ coldHoldoutRate: 0.5, holdoutRate: 0.2 },
            labels: { bright: { riskMax: 0.02 } },
          },
          // A run of its own accord finds no rows, and changes nothing.
          distillation: { trainingRowsMin: 100_000 },
        }),
      },
      onUnexpectedEnd: (what) => console.error(what),
    }));
  });
  after(async () => {
    await browser.close();
    await gateway.stop();
  });

  const port = () => Number(new URL(gateway.url).port);
  const task = async () => (await ask<TaskJson>(port(), 'GET', base)).body;
  const draw = seededDraw(3);
  const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
  const dark = (): number => (draw() < 0.01 ? 0.5 + 0.1 * draw() : 0.5 * draw());
  const far = (): number[] => image(draw() < 0.5 ? dark() : 0.62 + draw() * 0.38);
  const near = (): number[] => image(0.4 + draw() * 0.3);
  const send = (count: number, make: () => number[]) =>
    predictAll(port(), 'squares', Array.from({ length: count }, make));
  const brightTarget = () =>
    page.getByTestId('label-target').and(page.locator('[data-label=bright]'));
  const event = (title: string) =>
    page
      .getByRole('list', { name: 'Events, newest first' })
      .getByText(title, { exact: true })
      .first();

  it('says of a label with its own target why it is not certified, and when it is', async () => {
    await brightTarget().filter({ hasText: 'Not certified yet: It waits' }).waitFor();
    await until(
      'a certificate for bright',
      async () => {
        await send(200, far);
        return (await task()).certificate.labels[0]!.threshold !== null;
      },
      minuteMs,
    );

    await brightTarget().filter({ hasText: 'Certified from a confidence of' }).waitFor();
    await event('Certificate won').waitFor();
    assert.equal(await page.getByTestId('drift-alarm').count(), 0);
  });

  it('sets the target that a point of the curve takes', async () => {
    await until('all labels are there', async () => (await task()).rows.pending === 0);
    const { holdoutRows } = (await ask<TradeoffJson>(port(), 'GET', `${base}/tradeoff`)).body;
    // The curve that is shown stays as it is now: nothing comes any more.
    await page.getByText(`from ${formatCount(holdoutRows)} holdout rows`).waitFor();
    const chart = page.getByRole('img', { name: /^Risk over coverage/ });
    await chart.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await chart.boundingBox())!;
    await page.mouse.click(x + width - 1, y + height / 2);
    const words = await page.getByText(/^Set the target to/).innerText();
    const wanted = Number(/to ([\d.]+)/.exec(words)![1]) / 100;
    await page.getByRole('button', { name: 'Set this target' }).click();

    await page.getByText('Choose a point of the curve').waitFor(); // It is set: none is chosen.
    const { policy, certificate } = await task();
    assert.ok(wanted >= 0.02 && wanted < 0.05, `${wanted} from: ${words}`);
    assert.equal(policy.riskMax.toFixed(6), wanted.toFixed(6));
    assert.equal(certificate.kind, 'certified'); // As the point said, from the rows there are.
    await event('Policy changed').waitFor();
  });

  it('chooses points by keyboard too', async () => {
    const slider = page.getByRole('slider', { name: 'Point of the curve' });
    await slider.focus();
    await slider.press('Home');

    const chosen = await slider.getAttribute('aria-valuetext');
    assert.match(chosen!, /^coverage [\d.]+\s%, risk/);
    await page
      .getByText(/^Set the target to|This is the target now/)
      .first()
      .waitFor();
  });

  it('has a person label rows by keyboard, where the two differ first', async () => {
    const wanted = async () => (await ask<ReviewJson>(port(), 'GET', `${base}/review`)).body.rows;
    await until('they differ on some', async () => {
      await send(20, near);
      return (await wanted()).some((row) => row.studentLabel !== row.teacherLabel);
    });
    const [first, second] = await wanted();

    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('group', { name: 'Row to label' }).waitFor();
    await page.keyboard.press('2'); // Both opinions by name: dark, bright.

    const said = page.getByRole('status', { name: 'Review' });
    await said.filter({ hasText: 'Labelled bright. 1 labelled.' }).waitFor();
    await page.keyboard.press('s');
    await said.filter({ hasText: 'Skipped.' }).waitFor();
    const left = (await wanted()).map(({ id }) => id);
    assert.ok(first!.studentLabel !== first!.teacherLabel);
    assert.deepEqual([left.includes(first!.id), left.includes(second!.id)], [false, true]);
  });

  it('shows an alarm, since when, and what came of it', async () => {
    await until(
      'the alarm',
      async () => {
        await send(20, near);
        return (await task()).driftAlarm !== null;
      },
      minuteMs,
    );

    const alarm = page.getByTestId('drift-alarm');
    await alarm.getByText('Drift alarm').waitFor();
    assert.match(await alarm.innerText(), /^Drift alarm since .* more often than [\d.]+ %/);
    await page.getByTestId('certificate').filter({ hasText: 'Not certified yet' }).waitFor();
    for (const title of ['Certificate lost', 'Run started', 'Run skipped'])
      await event(title).waitFor();
    const lost = page.getByRole('listitem').filter({ hasText: 'Certificate lost' });
    await lost.getByText('The teacher answers everything until').waitFor();
  });

  it('can be used by all, and has met no error on the way', async () => {
    await assertUsableByAll(page);
    assert.deepEqual(complaints, []);
  });
});
