import { once } from 'node:events';
import { cipherOf, openCapture } from './compose-capture.js';
import { createSeededDraw } from './distillation/seeded-draw.js';
import { compressBundle } from './distillation/compress/compress-bundle.js';
import { runCompression } from './distillation/compress/run-compression.js';
import { seedRowOf } from './distillation/dataset.js';
import type { DistillationJob, DistillationMessage } from './distillation/distillation-job.js';
import type { RunProgress } from './distillation/progress.js';
import { runDistillation } from './distillation/run-distillation.js';
import { trainBundle, type Train } from './distillation/train-bundle.js';
import { trainByCommand } from './distillation/train-by-command.js';
import { cleanUpMsMax } from './distillation/trainer-end.js';
import { yieldToAll } from './threads/yield-to-all.js';
import { readLabelledInputs, type LabelledInput } from './task/labelled-inputs.js';

/*
 * The process of one distillation run, and its composition root: takes a DistillationJob as its
 * first message, says DistillationMessages, ends.
 */

// Serving comes first: `npm run bench -- --only serving-beside-training`.
yieldToAll();
process.on('disconnect', onGatewayGone);
const [job] = (await once(process, 'message')) as [DistillationJob];
await tell(await run(job));
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();

/**
 * Nobody waits for the result, and the next gateway starts afresh. With the run goes whatever it
 * has started, for it leads its own process group; only a trainer of a command, which alone has
 * SIGTERM listened for, may clean up first.
 */
function onGatewayGone(): void {
  const endAll = (): void => void process.kill(-process.pid, 'SIGKILL');
  if (process.listenerCount('SIGTERM') === 0) return void endAll();
  process.once('exit', endAll);
  setTimeout(endAll, 2 * cleanUpMsMax).unref();
  process.kill(process.pid, 'SIGTERM');
}

async function run(job: DistillationJob): Promise<DistillationMessage> {
  const capture = await openCapture(job.capturePlace, () => new Date().getTime());
  const cipher = cipherOf(job.capturePlace);
  try {
    const parts = {
      job,
      capture,
      seedRows: (await read(job.seedFile, job)).map(seedRowOf),
      goldenRows: await read(job.goldenFile, job),
      draw: createSeededDraw(job.limits.seed),
      onProgress: (progress: RunProgress) => void tell({ kind: 'progress', progress }),
    };
    const { compressedBundleDir } = job;
    const result =
      compressedBundleDir === undefined
        ? await runDistillation({ ...parts, cipher, train: trainerOf(job) })
        : await runCompression({
            ...parts,
            sourceDir: compressedBundleDir,
            compress: compressBundle,
          });
    return { kind: 'result', result };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', reason };
  } finally {
    await capture.close();
  }
}

function trainerOf({ limits: { trainer }, configDir }: DistillationJob): Train {
  if (trainer.kind === 'embedded') return trainBundle;
  const { command, minutesMax } = trainer;
  return (options) => trainByCommand({ ...options, command, minutesMax, cwd: configDir });
}

async function read(
  file: string | null,
  { task }: DistillationJob,
): Promise<readonly LabelledInput[]> {
  return file === null ? [] : readLabelledInputs(file, task);
}

function tell(message: DistillationMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}
