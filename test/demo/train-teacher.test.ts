import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trainTeacher, type TeacherStep } from '../../src/demo/train-teacher.js';
import { drawLines, linesTask } from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';

async function train(seed: number) {
  const steps: TeacherStep[] = [];
  const network = await trainTeacher({
    task: linesTask,
    rows: drawLines(100, seededDraw(6)),
    seed,
    onStep: (step) => steps.push(step),
  });
  return { network, steps };
}

describe('training a teacher', () => {
  it('makes 25 epochs of a CNN, whose loss falls', async () => {
    const { network, steps } = await train(1);

    assert.equal(steps.length, 25 * 2);
    assert.equal(steps.at(-1)!.share, 1);
    const last = steps.slice(-5).map(({ loss }) => loss);
    assert.ok(Math.max(...last) < steps[0]!.loss, `${steps[0]!.loss} to ${last.join()}`);
    assert.equal(network.architecture.description, 'CNN 4x4, 3x3 x 32-32-64-64, MLP 64-128-3');
  });

  it('gives the same teacher for the same seed', async () => {
    const [one, two, other] = await Promise.all([train(1), train(1), train(2)]);

    assert.deepEqual(one.network.theta, two.network.theta);
    assert.notDeepEqual(one.network.theta, other.network.theta);
  });
});
