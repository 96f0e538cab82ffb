import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../src/config/policy-schema.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import { bindingOf } from '../../src/serving/binding.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import { FakeStudent } from '../fakes/fake-student.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { asTheyAre } from '../support/fake-bundle.js';
import { createEvidence, many } from '../support/holdout-evidence.js';
import { confidentLogits } from '../support/predict-rig.js';
import { policy, squareTask } from '../support/square-task.js';

type Bound = Parameters<typeof bindingOf>[0];

const student = new FakeStudent(confidentLogits);
const bound: Bound = { spec: squareTask, student, teacher: new FakeTeacher() };
const withManifest = (change: Partial<BundleManifest>): Bound => {
  const other = new FakeStudent(confidentLogits);
  return {
    ...bound,
    student: Object.assign(other, { manifest: { ...student.manifest, ...change } }),
  };
};
const { model } = student.manifest;

const changes: Readonly<Record<string, Bound>> = {
  'the student’s content': withManifest({ model: { ...model, sha256: 'f'.repeat(64) } }),
  'the temperature of its confidence': withManifest({
    calibration: { ...student.manifest.calibration, temperature: 2 },
  }),
  'its preprocessing': withManifest({ preprocess: { ...asTheyAre(squareTask.input), scale: 255 } }),
  'a file of its preprocessing': withManifest({
    files: [{ file: 'tokenizer.json', sha256: 'e'.repeat(64), bytes: 9 }],
  }),
  'what its output is': withManifest({ output: { kind: 'probabilities' } }),
  'the teacher’s version': {
    ...bound,
    teacher: Object.assign(new FakeTeacher(), { version: 't2-00000002' }),
  },
  'the teacher’s name': { ...bound, teacher: Object.assign(new FakeTeacher(), { name: 'sage' }) },
  'the order of the labels': { ...bound, spec: { ...squareTask, labels: ['bright', 'dark'] } },
  'the labels': { ...bound, spec: { ...squareTask, labels: ['dark', 'bright', 'grey'] } },
  'the input': {
    ...bound,
    spec: { ...squareTask, input: { ...squareTask.input, width: 4, height: 1 } },
  },
};

/** A guarantee that is certified under `bound`. */
function openCertified() {
  const guarantee = new Guarantee({
    policy,
    labels: squareTask.labels,
    saved: null,
    now: () => 1_000_000,
    save: () => {},
    onEvent: () => {},
  });
  guarantee.bind(bindingOf(bound), many(230, createEvidence('first')));
  const { certificate } = guarantee;
  assert.equal(certificate.kind, 'certified');
  return { guarantee, certificate };
}

describe('a certificate', () => {
  for (const [what, changed] of Object.entries(changes))
    it(`is stale when this changes: ${what}; and holds again when it is what it was`, () => {
      const { guarantee, certificate } = openCertified();

      guarantee.bind(bindingOf(changed), []);
      const between = guarantee.threshold;
      guarantee.bind(bindingOf(bound), []);

      assert.equal(between, null);
      assert.deepEqual(guarantee.certificate, certificate);
    });

  for (const target of [{ riskMax: 0.02 }, { delta: 0.05 }] satisfies Partial<Policy>[])
    it(`is stale when the target changes to ${JSON.stringify(target)}; and holds again`, () => {
      const { guarantee, certificate } = openCertified();

      guarantee.setPolicy({ ...policy, ...target });
      const before = guarantee.threshold;
      guarantee.bind(bindingOf(bound), []);
      const between = guarantee.threshold;
      guarantee.setPolicy(policy);
      guarantee.bind(bindingOf(bound), []);

      assert.deepEqual([before, between], [null, null]);
      assert.deepEqual(guarantee.certificate, certificate);
    });

  it('is not stale for another name of the same content', () => {
    const { guarantee, certificate } = openCertified();

    guarantee.bind(bindingOf(withManifest({ version: 'v9-00000009' })), []);

    assert.deepEqual(guarantee.certificate, certificate);
  });

  it('does not come back after an alarm in between', () => {
    const { guarantee } = openCertified();
    guarantee.bind(bindingOf(changes['the labels']!), []);

    guarantee.startAnew('The world has changed.', 'answers');
    guarantee.bind(bindingOf(bound), []);

    assert.equal(guarantee.threshold, null);
  });
});
