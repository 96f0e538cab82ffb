import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openJsonLines, type JsonLines } from '../../src/files/json-lines.js';
import type { TimelineEventJson } from '../../src/http/api-types-timeline.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { createTimeline, timelineEventSchema } from '../../src/serving/timeline.js';
import { runJson } from '../support/api-values.js';
import { certificate } from '../support/certified.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const startMs = 1_700_000_000_000;
let count = 0;
const newPath = (): string => join(directory, `${count++}.jsonl`);
const openFile = (path: string, linesMax = 1_000) =>
  openJsonLines(path, { linesMax, schema: timelineEventSchema });

function open(file: JsonLines<TimelineEventJson>) {
  const bus = createTaskBus();
  const clock = { nowMs: startMs };
  const lost: unknown[] = [];
  const onLost = (error: unknown): void => void lost.push(error);
  const timeline = createTimeline(bus, { file, now: () => clock.nowMs++, onLost });
  return { bus, timeline, lost };
}

describe('the timeline of a task', () => {
  it('tells what happened in words and in values, newest first', async () => {
    const { bus, timeline } = open(await openFile(newPath()));
    bus.emit('gatewayStarted', { student: 'v1-00000001', threshold: 0.91234 });
    bus.emit('runStarted', runJson({ trigger: 'drift' }));
    bus.emit(
      'runEnded',
      runJson({
        state: 'rejected',
        message: 'No.',
        reasons: ['It is worse.'],
        candidateVersion: 'v2-00000002',
      }),
    );
    bus.emit('studentChanged', 'v2-00000002', 'promoted');
    bus.emit('studentChanged', 'v3-00000003', 'added');
    bus.emit('guarantee', { kind: 'certificate-won', certificate: certificate(0.87654) });
    bus.emit('guarantee', {
      kind: 'certificate-lost',
      why: 'It differs too often.',
      cause: 'answers',
    });
    bus.emit('policyChanged', { riskMax: 0.07, exploreRate: 0.005 });

    const { events } = timeline.newest(100);
    assert.deepEqual([...events].reverse(), [
      {
        atMs: startMs,
        kind: 'gateway-started',
        text: 'The gateway started with v1-00000001. It answers from a confidence of 0.912.',
        details: { student: 'v1-00000001', threshold: 0.91234 },
      },
      {
        atMs: startMs + 1,
        kind: 'run-started',
        text: 'Run run-1 started by drift.',
        details: { run: 'run-1', trigger: 'drift' },
      },
      {
        atMs: startMs + 2,
        kind: 'run-rejected',
        text: 'No. It is worse.',
        details: { run: 'run-1', trigger: 'api', candidate: 'v2-00000002' },
      },
      {
        atMs: startMs + 3,
        kind: 'student-promoted',
        text: 'v2-00000002 answers now.',
        details: { version: 'v2-00000002' },
      },
      {
        atMs: startMs + 4,
        kind: 'student-added',
        text: 'v3-00000003 was added and can be promoted.',
        details: { version: 'v3-00000003' },
      },
      {
        atMs: startMs + 5,
        kind: 'certificate-won',
        text:
          'Threshold 0.877 certified: 4 of 400 holdout rows differ. The student may answer about ' +
          '80 %.',
        details: { threshold: 0.87654, rows: 400, disagreements: 4, coverage: 0.8 },
      },
      {
        atMs: startMs + 6,
        kind: 'certificate-lost',
        text: 'It differs too often.',
        details: {},
      },
      {
        atMs: startMs + 7,
        kind: 'policy-changed',
        text: 'The policy was changed: riskMax 7 %, exploreRate 0.5 %.',
        details: { riskMax: 0.07, exploreRate: 0.005 },
      },
    ]);
  });

  it('says of a start what is missing', async () => {
    const { bus, timeline } = open(await openFile(newPath()));
    bus.emit('gatewayStarted', { student: null, threshold: null });
    bus.emit('gatewayStarted', { student: 'v1-00000001', threshold: null });

    const [second, first] = timeline.newest(2).events;
    assert.equal(first!.text, 'The gateway started without a student: the teacher answers.');
    assert.match(second!.text, /with v1-00000001\. No threshold is in force: the teacher answers/);
    assert.deepEqual([first!.details, second!.details], [{}, { student: 'v1-00000001' }]);
  });

  it('is as long as it is asked for', async () => {
    const { bus, timeline } = open(await openFile(newPath()));
    for (let run = 0; run < 5; run++) bus.emit('runStarted', runJson({ id: `run-${run}` }));

    const runs = timeline.newest(2).events.map(({ details }) => details['run']);
    assert.deepEqual(runs, ['run-4', 'run-3']);
  });

  it('outlives the process, whatever it was writing when it died', async () => {
    const path = newPath();
    const file = await openFile(path);
    open(file).bus.emit('runStarted', runJson({ id: 'run-1' }));
    await file.settle();
    appendFileSync(path, '{"atMs":17000000'); // kill -9 in the middle of a line.

    const again = await openFile(path);
    const { bus, timeline } = open(again);
    bus.emit('runStarted', runJson({ id: 'run-2' }));
    await again.settle();

    const runsOf = (events: readonly TimelineEventJson[]) => events.map(({ details }) => details);
    const wanted = [{ run: 'run-2' }, { run: 'run-1' }].map((run) => ({ ...run, trigger: 'api' }));
    assert.deepEqual(runsOf(timeline.newest(9).events), wanted);
    assert.deepEqual(runsOf([...(await openFile(path)).read()].reverse()), wanted);
  });

  it('shows what could not be written, and says that it was not', async () => {
    const failing: JsonLines<TimelineEventJson> = {
      ...(await openFile(newPath())),
      append: () => Promise.reject(new Error('disk full')),
    };
    const { bus, lost } = open(failing);
    bus.emit('runStarted', runJson());
    await Promise.resolve();
    await Promise.resolve();

    assert.deepEqual(lost, [new Error('disk full')]);
  });
});
