import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import type { RunProgress } from '../../src/distillation/progress.js';
import { spawnDistillation } from '../../src/distillation/spawn-distillation.js';
import { DistillationFailedError } from '../../src/errors.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { writeLabelledImages } from '../../src/task/labelled-images.js';
import { captureLines, distillationJob } from '../support/distillation-job.js';
import { drawLines, linesTask } from '../support/lines-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { inFile } from '../support/in-file.js';

const directory = temporaryDirectory();
const realEntry = fileURLToPath(new URL('../../src/distil-process.js', import.meta.url));
let entries = 0;

/** A process that does what the test says instead of a run. */
function entryOf(script: string): string {
  const path = join(directory, `entry-${entries++}.mjs`);
  writeFileSync(path, script);
  return path;
}

function spawn(options: {
  readonly entry: string;
  readonly job?: DistillationJob;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}) {
  const { entry, job = distillationJob(directory), onProgress = () => {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  return spawnDistillation({ entry, job, onProgress, signal });
}

async function capturedJob(name: string): Promise<DistillationJob> {
  const capturePath = join(directory, `${name}.sqlite`);
  const capture = await openSqliteCapture({ path: capturePath, now: () => 0 });
  await capture.append(captureLines({ trainingRows: 300, holdoutRows: 150 }, seededDraw(4)));
  await capture.close();
  return distillationJob(directory, { capturePlace: inFile(capturePath) });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the process of a distillation run', () => {
  it('reads the log and the labelled files, trains, judges and leaves the candidate', async () => {
    const [seedFile, goldenFile] = ['seed', 'golden'].map((name) =>
      join(directory, `${name}.parquet`),
    );
    await writeLabelledImages(seedFile!, drawLines(20, seededDraw(5)), linesTask.labels);
    await writeLabelledImages(goldenFile!, drawLines(60, seededDraw(6)), linesTask.labels);
    const job = { ...(await capturedJob('whole')), seedFile: seedFile!, goldenFile: goldenFile! };
    const stages = new Set<string>();

    const result = await spawn({
      entry: realEntry,
      job,
      onProgress: ({ stage }) => stages.add(stage),
    });

    assert.equal(result.kind, 'judged');
    assert.equal(result.isAccepted, true);
    assert.equal(result.evaluation.goldenRows, 60);
    assert.ok(result.evaluation.agreement.estimate > 0.95);
    assert.deepEqual([...stages], ['snapshot', 'train', 'calibrate', 'evaluate', 'gate']);
    const { manifest } = await readBundle(result.candidateDir);
    assert.ok(manifest.lineage!.rows > 250 + 20, `${manifest.lineage!.rows} rows`);
  });

  it('says that it is too early in a log without rows', async () => {
    const capturePath = join(directory, 'empty.sqlite');

    const job = distillationJob(directory, { capturePlace: inFile(capturePath) });
    const result = await spawn({ entry: realEntry, job });

    assert.equal(result.kind, 'too-early');
    assert.equal(result.reasons.length, 2);
  });

  it('fails with its reason when a file is not what it should be', async () => {
    const goldenFile = join(directory, 'broken.parquet');
    writeFileSync(goldenFile, 'not a table');
    const job = { ...(await capturedJob('broken')), goldenFile };

    await assert.rejects(spawn({ entry: realEntry, job }), (error) => {
      assert.ok(error instanceof DistillationFailedError);
      assert.match(error.message, /broken\.parquet cannot be read as Parquet/);
      return true;
    });
  });

  it('fails with its reason when the incumbent is damaged', async () => {
    const parentBundleDir = join(directory, 'no-bundle');
    const job = { ...(await capturedJob('orphan')), parentBundleDir };

    await assert.rejects(spawn({ entry: realEntry, job }), (error) => {
      assert.ok(error instanceof DistillationFailedError);
      assert.match(error.message, /no-bundle.*manifest\.json is missing/);
      return true;
    });
  });

  it('fails with its last words when it crashes', async () => {
    const entry = entryOf(`
      process.stderr.write('x'.repeat(5000) + '\\n');
      process.on('message', () => { throw new Error('out of ideas'); });
    `);

    await assert.rejects(spawn({ entry }), (error) => {
      assert.ok(error instanceof DistillationFailedError);
      assert.match(error.message, /^The run's process ended with 1: .*Error: out of ideas/s);
      assert.ok(error.message.length < 700);
      return true;
    });
  });

  it('fails when it is killed, or ends without a word', async () => {
    const killed = entryOf(`process.kill(process.pid, 'SIGKILL');`);
    const silent = entryOf(
      `process.on('message', () => setImmediate(() => process.disconnect()));`,
    );

    await assert.rejects(
      spawn({ entry: killed }),
      /The run's process ended with SIGKILL, and said nothing\.$/,
    );
    await assert.rejects(
      spawn({ entry: silent }),
      /The run's process ended with 0, and said nothing\.$/,
    );
  });

  it('fails when its entry is not there', async () => {
    const entry = join(directory, 'nowhere.mjs');

    await assert.rejects(spawn({ entry }), /The run's process ended with 1: .*MODULE_NOT_FOUND/s);
  });

  it('is killed at once when it is stopped', async () => {
    const pidFile = join(directory, 'pid');
    const entry = entryOf(`
      import { writeFileSync } from 'node:fs';
      process.on('SIGTERM', () => {}); // It would not listen to a wish.
      process.on('message', () => {
        writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
        const progress = { stage: 'train', share: 0.1, message: 'busy', remainingMs: null };
        process.send({ kind: 'progress', progress });
        setInterval(() => {}, 1000);
      });
    `);
    const stop = new AbortController();

    const run = spawn({ entry, signal: stop.signal, onProgress: () => stop.abort() });

    await assert.rejects(run, {
      name: 'DistillationFailedError',
      message: 'The run was stopped.',
    });
    assert.equal(isAlive(Number(readFileSync(pidFile, 'utf8'))), false);
  });

  it('can be stopped in the middle of real training, and leaves no candidate', async () => {
    const job = await capturedJob('stopped');
    const stop = new AbortController();

    const run = spawn({
      entry: realEntry,
      job,
      signal: stop.signal,
      onProgress: ({ stage }) => {
        if (stage === 'train') stop.abort();
      },
    });

    await assert.rejects(run, { message: 'The run was stopped.' });
    assert.equal(existsSync(join(job.runDir, 'candidate', 'manifest.json')), false);
  });

  it('is not even started when it was stopped before', async () => {
    const path = join(directory, 'started');
    const entry = entryOf(`
      import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(path)}, '');
    `);

    await assert.rejects(spawn({ entry, signal: AbortSignal.abort() }), DistillationFailedError);

    assert.equal(existsSync(path), false);
  });

  it('ends by itself when the gateway that started it is gone', async () => {
    const job = await capturedJob('orphaned');
    const gateway = entryOf(`
      import { fork } from 'node:child_process';
      const stdio = ['ignore', 'ignore', 'ignore', 'ipc'];
      const run = fork(${JSON.stringify(realEntry)}, [], { stdio });
      run.on('message', () => {
        process.send(run.pid, () => process.kill(process.pid, 'SIGKILL'));
      });
      run.send(${JSON.stringify(job)});
    `);
    const pid = await pidSaidBy(gateway);

    const deadline = AbortSignal.timeout(60_000);
    while (isAlive(pid)) {
      deadline.throwIfAborted();
      await new Promise(setImmediate);
    }
    assert.equal(existsSync(join(job.runDir, 'candidate', 'manifest.json')), false);
  });
});

async function pidSaidBy(entry: string): Promise<number> {
  const [pid] = (await once(
    fork(entry, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
    'message',
  )) as [number];
  return pid;
}
