import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, ProblemJson } from '../../src/http/api-types.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { ask, openClient, predictAll, predictOne } from '../support/http-client.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { scrape } from '../support/workers.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  policy: { onTeacherFailure: 'error' },
});
const path = '/v1/tasks/squares/predict';

/**
 * `ulimit -f` counts 512 bytes (dash) or 1024 (bash): no file of the gateway grows past a megabyte
 * or two, writes fail with EFBIG, and the log's file has grown to that after some hundred commits.
 */
const limits = 'ulimit -f 2048';

describe('a disk that takes no more', { skip: process.platform === 'win32' }, () => {
  it('refuses unsure rows with 503, and leaves sure rows alone', async () => {
    const gateway = await startGatewayProcess({
      dataDir: join(directory, 'data'),
      taskFile,
      limits,
    });
    const { port } = gateway;
    const certifying = Array.from({ length: 450 }, (_, mark) => sureSquare(mark));
    await predictAll(port, 'squares', certifying);
    assert.equal((await predictOne(port, 'squares', sureSquare(1))).route, 'student');

    const client = openClient(port);
    let refusal: ProblemJson | null = null;
    let committed = 0;
    for (let mark = 0; mark < 3_000 && refusal === null; mark++) {
      const outcome = await client.send('POST', path, { input: unsureSquare(mark) });
      assert.ok(outcome.kind === 'answered');
      if (outcome.answer.status === 200) committed++;
      else refusal = outcome.answer.body as ProblemJson;
    }
    client.close();

    assert.ok(refusal !== null, 'the disk never filled up');
    assert.equal(refusal.status, 503);
    assert.equal(refusal.code, 'CAPTURE_FAILED');
    assert.equal(refusal.retryable, true);
    assert.ok(committed > 0);
    for (let mark = 0; mark < 50; mark++) {
      const answer = await predictOne(port, 'squares', sureSquare(mark));
      assert.equal(answer.route, 'student');
    }
    assert.equal((await scrape(gateway.url)).get('understudy_capture_failing'), 1);
    const again = await ask<ProblemJson>(port, 'POST', path, { input: unsureSquare(9_999) });
    assert.equal(again.status, 503);
    const asked = await ask<AnswerJson>(port, 'POST', path, {
      input: unsureSquare(9_999),
      route: 'student',
    });
    assert.equal(asked.status, 200); // Whoever can do with the student's answer has it.
    assert.match(gateway.output(), /"event":"request-failed"/); // The operator can see why.
    assert.match(gateway.output(), /CAPTURE_FAILED.*(full|disk|I\/O)/i);
    gateway.child.kill('SIGKILL');
  });
});
