import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Capture, CapturedRow } from '../../src/capture/capture.js';
import { watchCapture, type WatchedCapture } from '../../src/capture/watched-capture.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';

/** Rows that no log takes, for what they are. */
const faulty: Readonly<Record<string, CapturedRow>> = {
  'an id that is in the log': capturedRow({ id: 'there' }),
  'an id that is in the log of another task': capturedRow({ id: 'there', task: 'letters' }),
  'an id that was erased': capturedRow({ id: 'erased' }),
  'a propensity over 1': capturedRow({ id: 'bad', propensity: 1.01 }),
  'a latency of NaN': capturedRow({ id: 'bad', teacherLatencyMs: NaN }),
  'a text with NUL': capturedRow({ id: 'bad', client: 'key\0-1' }),
  'an unknown route': capturedRow({ id: 'bad', route: 'oracle' as 'teacher' }),
};

/** A log that refuses rows takes others: it must not be held to be full or gone. */
export function describeRowFaults(name: string, open: () => Promise<Capture>): void {
  describe(`rows that are refused for what they are in ${name}`, () => {
    let capture: WatchedCapture;
    const told: unknown[] = [];
    before(async () => {
      const log = await open();
      capture = watchCapture(log, { onChange: (failure) => void told.push(failure) });
      await capture.append([capturedRow({ id: 'there' })]);
      await capture.append([capturedRow({ id: 'erased', subject: 'ann' })]);
      await log.eraseSubject('digits', 'ann', 9);
    });
    after(() => capture.close());

    for (const [what, row] of Object.entries(faulty)) {
      it(`do not make the log a failing one: ${what}`, async () => {
        await assert.rejects(capture.append([row]), CaptureFailedError);

        assert.deepEqual([capture.failure(), told], [null, []]);
      });

      it(`do so neither in a group with others: ${what}`, async () => {
        const beside = capturedRow({ id: `beside ${what}` });

        const outcomes = await Promise.allSettled([
          capture.append([row]),
          capture.append([beside]),
          capture.append([row]),
        ]);

        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['rejected', 'fulfilled', 'rejected'],
        );
        assert.deepEqual([capture.failure(), told], [null, []]);
      });
    }
  });
}
