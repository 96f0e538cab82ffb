import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { callsMax, type Channel } from '../../src/cluster/channel.js';
import type { PrimaryCalls } from '../../src/cluster/protocol.js';
import { createPrimaryLink } from '../../src/cluster/tell-primary.js';
import type { Policy } from '../../src/config/policy-schema.js';
import { OverloadedError } from '../../src/errors.js';
import type { EscalationContext } from '../../src/serving/ask-teacher.js';
import type { Draft } from '../../src/serving/draft.js';
import { createPatience } from '../../src/serving/patience.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { LiveCaller } from '../../src/task/caller.js';
import { policy, square } from '../support/square-task.js';

const opinion = {
  scores: Float32Array.of(0, 0.1),
  logits: Float32Array.of(0, 0.1),
  temperature: 1,
  label: 1,
  confidence: 0.52,
  isOutOfScope: false,
};
const draft: Draft = {
  id: 'row-1',
  createdMs: 1,
  input: square(0.5),
  opinion,
  draw: { inputHash: '00', holdout: 0.9, explore: 0.9 },
  isHoldout: false,
  isTrainable: true,
  keptOutShare: 0.3,
  holdoutRate: 0.1,
  policy,
  threshold: 0.9,
  studentVersion: 'v1',
  route: { kind: 'teacher', reason: 'unsure' },
  client: null,
  subject: null,
  isStored: true,
  studentMs: 0.5,
};
const many = (count: number): Draft[] => Array.from({ length: count }, () => draft);

/** A link to a primary that never answers. */
function openLink(change: Partial<Policy> = {}, isFull = false) {
  let calls = 0;
  const primary: Channel<PrimaryCalls> = {
    call: () => {
      calls++;
      return new Promise<never>(() => {});
    },
    tell() {},
    isFull: () => isFull,
  };
  const promise = { policy: { ...policy, ...change } };
  const link = createPrimaryLink({
    task: 'squares',
    primary,
    promise,
    bus: createTaskBus(),
    now: Date.now,
  });
  after(() => link.stop());
  const escalate = (drafts: readonly Draft[], route: EscalationContext['route'] = 'auto') =>
    link.escalate(drafts, { route, patience: createPatience(new LiveCaller(), null) });
  return { escalate, calls: () => calls };
}

describe('a worker whose link to the primary is full', () => {
  it('lets the student stand in, as one process does', async () => {
    const { escalate, calls } = openLink();
    void escalate(many(2048));

    const { degraded, answers } = await escalate(many(1));

    assert.deepEqual([degraded, answers.size, calls()], ['teacher-overloaded', 0, 1]);
  });

  it(`does so, too, when ${callsMax} calls of any kind wait`, async () => {
    const { escalate, calls } = openLink({}, true);

    const { degraded } = await escalate(many(1));

    assert.deepEqual([degraded, calls()], ['teacher-overloaded', 0]);
  });

  it('refuses where the policy, the caller or a row without an opinion want it so', async () => {
    const strict = openLink({ onTeacherFailure: 'error' });
    const { escalate } = openLink();
    void strict.escalate(many(2048));
    void escalate(many(2048));

    await assert.rejects(strict.escalate(many(1)), OverloadedError);
    await assert.rejects(escalate(many(1), 'teacher'), OverloadedError);
    await assert.rejects(escalate([draft, { ...draft, opinion: null }]), OverloadedError);
  });
});
