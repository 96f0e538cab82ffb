import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { changingSquares, changingTraffic } from '../support/changing-squares.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { accessibilityViolations, openConsole, skip } from './open-browser.js';

describe('the console while inputs have changed', { skip }, () => {
  it('says what has become frequent and from which confidence the student answers', async (t) => {
    const dir = temporaryDirectory();
    const tasks = writeSquaresFile(join(dir, 'squares'), {
      ...changingSquares,
      distillation: { trainingRowsMin: 100_000 },
    });
    const { gateway, browser, page, complaints } = await openConsole({
      dataDir: join(dir, 'data'),
      env: { UNDERSTUDY_TASKS: tasks },
      onUnexpectedEnd: (what) => console.error(what),
    });
    t.after(async () => {
      await browser.close();
      await gateway.stop();
    });
    const { sendCalm, untilDrift } = changingTraffic(Number(new URL(gateway.url).port));
    await sendCalm(1_000);
    await untilDrift(true);

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
