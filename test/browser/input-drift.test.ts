import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { TaskJson } from '../../src/http/api-types.js';
import type { ChildGateway } from '../../src/replay/start-gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { accessibilityViolations, openConsole, skip } from './open-browser.js';

describe('the console while inputs have changed', { skip }, () => {
  let gateway: ChildGateway;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const dir = temporaryDirectory();

  before(async () => {
    ({ gateway, browser, page, complaints } = await openConsole({
      dataDir: join(dir, 'data'),
      env: {
        UNDERSTUDY_TASKS: writeSquaresFile(join(dir, 'squares'), {
          student: { cut: 0.6, steepness: 500 },
          teacher: { cut: 0.59, steepness: 500 },
          policy: { coldHoldoutRate: 0.5, holdoutRate: 0.02 },
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

  it('says what has become frequent and from which confidence the student answers', async () => {
    const port = Number(new URL(gateway.url).port);
    const task = async () => (await ask<TaskJson>(port, 'GET', '/v1/tasks/squares')).body;
    const draw = seededDraw(5);
    const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
    const far = (): number[] => image(draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3);
    const mixed = (): number[] => (draw() < 0.2 ? image(0.598 + draw() / 500) : far());
    const send = (count: number, make: () => number[]) =>
      predictAll(port, 'squares', Array.from({ length: count }, make));
    await send(1_000, far);
    await until(
      'the inputs to drift',
      async () => {
        await send(20, mixed);
        return (await task()).inputDrift !== null;
      },
      60_000,
    );

    const banner = page.getByTestId('input-drift');
    await banner.waitFor();
    assert.match(
      await banner.innerText(),
      /^Inputs have changed since .* The student was not sure of/,
    );
    assert.match(await banner.innerText(), /answers from a confidence of [\d.]+\s% until/);
    await page.getByText('Inputs drifted').first().waitFor();
    assert.deepEqual(await accessibilityViolations(page), []);
    assert.deepEqual(complaints, []);
  });
});
