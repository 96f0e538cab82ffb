import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allOrProblems, togetherOf } from '../../src/config/all-problems.js';
import { CaptureFailedError, InvalidBundleError, InvalidConfigError } from '../../src/errors.js';

const bundle = new InvalidBundleError('a.onnx is damaged:\n- its size');
const file = new InvalidConfigError('b.yaml has problems.');
const log = new CaptureFailedError('The log is not there.');

describe('problems of a start', () => {
  it('are what they are when there is one', () => {
    assert.equal(togetherOf([bundle]), bundle);
  });

  it('are one error that says each in its own words', () => {
    const error = togetherOf([bundle, file]);

    assert.ok(error instanceof InvalidConfigError);
    assert.equal(
      error.message,
      '2 problems stand in the way of a start:' +
        '\n- a.onnx is damaged:\n  - its size\n- b.yaml has problems.',
    );
    assert.deepEqual(error.details, { problems: 2 });
  });

  it('are told once, also those of which several have failed, together with others', () => {
    const error = togetherOf([log, togetherOf([log, bundle]), togetherOf([file, log])]);

    assert.match(String(error), /3 problems .*\n- The log .*\n- a\.onnx [^]*\n- b\.yaml [^]*$/);
    assert.equal(togetherOf([log, log]), log);
  });

  it('are nothing beside our own mistake, which needs its stack', () => {
    const mistake = new TypeError('x is not a function');

    assert.equal(togetherOf([bundle, mistake, file]), mistake);
  });

  it('are known when all has ended', async () => {
    let ends = 0;
    const late = new Promise<number>((resolve) => setImmediate(() => resolve(++ends)));

    await assert.rejects(allOrProblems([Promise.reject(bundle), late]), bundle);
    assert.equal(ends, 1);
    assert.deepEqual(await allOrProblems([late, Promise.resolve('two')]), [1, 'two']);
  });
});
