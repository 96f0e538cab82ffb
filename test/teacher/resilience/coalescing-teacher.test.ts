import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createCoalescingTeacher } from '../../../src/teacher/resilience/coalescing-teacher.js';
import { FakeTeacher } from '../../fakes/fake-teacher.js';
import { createGate } from '../../support/gate.js';
import { sure } from '../../support/predict-rig.js';
import { watched } from '../../support/resilient.js';

function open() {
  const inner = new FakeTeacher();
  const gate = createGate();
  inner.onLabel = () => gate.promise;
  return { inner, gate, teacher: createCoalescingTeacher(inner) };
}
const costs = (answers: readonly { readonly costUsd: number }[]): readonly number[] =>
  answers.map(({ costUsd }) => costUsd);

describe('equal inputs at the teacher', () => {
  it('are asked and paid once: in one call, and in calls that overlap', async () => {
    const { inner, gate, teacher } = open();
    const first = watched(teacher.label([sure(1), sure(2), sure(1)]));
    const second = watched(teacher.label([sure(2), sure(3)]));
    gate.open();
    await setImmediate();

    assert.deepEqual(inner.asked, [[sure(1), sure(2)], [sure(3)]]);
    assert.deepEqual(costs(first.value!), [0.01, 0.01, 0]);
    assert.deepEqual(costs(second.value!), [0, 0.01]);
    assert.deepEqual(
      second.value!.map(({ isShared }) => isShared),
      [true, undefined],
    );
  });

  it('are asked anew once they are answered: nothing is remembered', async () => {
    const { inner, gate, teacher } = open();
    gate.open();
    await teacher.label([sure()]);
    await teacher.label([sure()]);

    assert.equal(inner.asked.length, 2);
  });

  it('fail together, and are asked anew afterwards', async () => {
    const { inner, teacher } = open();
    const error = new Error('Down.');
    inner.onLabel = async () => {
      await setImmediate();
      throw error;
    };
    const calls = [watched(teacher.label([sure()])), watched(teacher.label([sure()]))];
    await setImmediate();
    await setImmediate();
    assert.deepEqual(
      calls.map((call) => call.error),
      [error, error],
    );
    inner.onLabel = () => {};

    assert.equal((await teacher.label([sure()])).length, 1);
  });

  it('are answered while one caller waits: who gives up first does not end it', async () => {
    const { inner, gate, teacher } = open();
    const controller = new AbortController();
    const first = watched(teacher.label([sure()], controller.signal));
    const second = watched(teacher.label([sure()]));
    controller.abort();
    await setImmediate();
    assert.equal((first.error as { code: string }).code, 'CANCELLED');
    gate.open();
    await setImmediate();

    assert.equal(second.value!.length, 1);
    assert.equal(inner.asked.length, 1);
  });

  it('are given up with the last caller; one who comes then asks anew', async () => {
    const { inner, gate, teacher } = open();
    const signals: AbortSignal[] = [];
    const label = inner.label.bind(inner);
    inner.label = (inputs, signal) => {
      signals.push(signal!);
      return label(inputs, signal);
    };
    const controller = new AbortController();
    const first = watched(teacher.label([sure()], controller.signal));
    controller.abort();
    await setImmediate();
    const second = watched(teacher.label([sure()]));
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
    gate.open();
    await setImmediate();

    assert.ok(first.error);
    assert.equal(second.value!.length, 1);
  });

  it('have the time of the caller who waits longest', async () => {
    const { inner, gate, teacher } = open();
    let leftMs: (() => number | null) | undefined;
    const label = inner.label.bind(inner);
    inner.label = (inputs, signal, context?: { leftMs?: () => number | null }) => {
      leftMs = context?.leftMs;
      return label(inputs, signal);
    };
    const context = (ms: number | null) => ({ leftMs: () => ms });
    const calls = [teacher.label([sure()], undefined, context(100))];
    assert.equal(leftMs!(), 100);
    calls.push(teacher.label([sure()], undefined, context(300)));
    assert.equal(leftMs!(), 300);
    calls.push(teacher.label([sure()], undefined, context(null)));
    assert.equal(leftMs!(), null);
    gate.open();
    await Promise.all(calls);
  });
});
