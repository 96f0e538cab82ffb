import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Capture, TeacherCheck } from '../../src/capture/capture.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { pixelInput } from '../support/inputs.js';
import { openBeforeEach } from './open-before-each.js';

const ofTeacher = { task: 'digits', teacherVersion: 't1-aaaaaaaa' };
const everywhere = { ...ofTeacher, createdAfterMs: 0 };

/** A check of the row of this id, as `capturedRow` makes it. */
function checkOf(id: string, changes: Partial<TeacherCheck> = {}): TeacherCheck {
  const { inputHash, createdMs, teacherLabel } = capturedRow({ id });
  return {
    ...ofTeacher,
    rowId: id,
    inputHash,
    rowCreatedMs: createdMs,
    confidence: 0.1 + 0.2,
    checkedMs: 1_700_000_000_123.25,
    label: teacherLabel,
    newLabels: [1, 0],
    costUsd: 1e-12,
    ...changes,
  };
}

/** What every capture log must know of the teacher's agreement with itself. */
export function describeTeacherChecks(name: string, open: () => Promise<Capture>): void {
  describe(`checks of the teacher in ${name}`, () => {
    let capture: Capture;
    openBeforeEach(open, (fresh) => (capture = fresh));
    const findAt = async (position: number, filter = everywhere): Promise<string | null> =>
      (await capture.findUnchecked(filter, position))?.id ?? null;

    it('gives back every field, the newest check first, and at most so many', async () => {
      const checks = [checkOf('a'), checkOf('b', { confidence: null }), checkOf('c')];
      for (const check of checks) await capture.appendCheck(check);
      await capture.appendCheck(checkOf('d', { task: 'letters' }));
      await capture.appendCheck(checkOf('e', { teacherVersion: 't2-bbbbbbbb' }));

      assert.deepEqual(await capture.readChecks({ ...ofTeacher, rowsMax: 9 }), checks.toReversed());
      const newest = await capture.readChecks({ ...ofTeacher, rowsMax: 1 });
      assert.deepEqual(newest, [checks[2]]);
    });

    it('takes one check of an input and teacher version', async () => {
      await capture.appendCheck(checkOf('a'));

      await assert.rejects(capture.appendCheck(checkOf('a')), CaptureFailedError);
      await capture.appendCheck(checkOf('a', { teacherVersion: 't2-bbbbbbbb' }));
    });

    it('finds a row where it is told to look: all of the row, oldest at 0', async () => {
      const row = capturedRow({ id: 'a', isHoldout: true });
      await capture.append([row]);
      for (const id of ['b', 'c', 'd'])
        await capture.append([capturedRow({ id, isHoldout: true })]);

      const found = [0, 0.24, 0.26, 0.6, 0.999].map((position) => findAt(position));
      assert.deepEqual(await Promise.all(found), ['a', 'a', 'b', 'c', 'd']);
      const oldest = await capture.findUnchecked(everywhere, 0);
      assert.deepEqual({ ...oldest, sequence: 0 }, { ...row, sequence: 0, feedback: null });
    });

    it('finds the next older one where the input was checked, or else the next newer', async () => {
      const again = capturedRow({ id: 'b again', isHoldout: true });
      const { inputHash } = capturedRow({ id: 'b' });
      for (const id of ['a', 'b', 'c'])
        await capture.append([capturedRow({ id, isHoldout: true })]);
      await capture.append([{ ...again, inputHash }]);
      await capture.appendCheck(checkOf('b'));

      assert.deepEqual([await findAt(0.3), await findAt(0.99)], ['a', 'c']);
      await capture.appendCheck(checkOf('a'));
      assert.equal(await findAt(0), 'c');
      await capture.appendCheck(checkOf('c'));
      assert.equal(await findAt(0), null);
    });

    it('finds holdout rows of its task and teacher alone, after the moment given', async () => {
      const at = (id: string, createdMs: number) => capturedRow({ id, createdMs, isHoldout: true });
      await capture.append([
        capturedRow({ id: 'training' }),
        capturedRow({ id: 'task', isHoldout: true, task: 'letters' }),
        capturedRow({ id: 'teacher', isHoldout: true, teacherVersion: 't2-bbbbbbbb' }),
      ]);
      assert.equal(await findAt(0.5), null);
      await capture.append([at('old', 1000), at('new', 2000), capturedRow({ id: 'last' })]);

      assert.equal(await findAt(0, { ...everywhere, createdAfterMs: 1000 }), 'new');
      assert.equal(await findAt(0.999, { ...everywhere, createdAfterMs: 1000 }), 'new');
      assert.equal(await findAt(0.5, { ...everywhere, createdAfterMs: 2000 }), null);
    });

    it('knows the content of every holdout row, and of no other', async () => {
      const digestOf = (input: Uint8Array): string =>
        createHash('sha256').update(input).digest('hex');
      const rows = [
        capturedRow({ id: 'a', isHoldout: true, input: pixelInput(1) }),
        capturedRow({ id: 'b', isHoldout: true, input: pixelInput(2), teacherVersion: 't2-b' }),
        capturedRow({ id: 'c', input: pixelInput(3) }),
        capturedRow({ id: 'd', isHoldout: true, input: pixelInput(4), task: 'letters' }),
      ];
      await capture.append(rows);

      const digests = await capture.holdoutDigests('digits');

      assert.deepEqual(digests, new Set([pixelInput(1), pixelInput(2)].map(digestOf)));
    });
  });
}
