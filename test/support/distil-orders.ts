import type { DistillationJob } from '../../src/distillation/distillation-job.js';
import type { RunProgress } from '../../src/distillation/progress.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { trainBundle } from '../../src/distillation/train-bundle.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { distillationJob } from './distillation-job.js';
import { capturedOrder, drawOrders, ordersTask } from './orders-task.js';
import { seededDraw } from './seeded-draw.js';

/** A whole run of the orders task: 300 rows to learn from, 150 held out, 60 golden ones. */
export async function distilOrders(
  directory: string,
  trainer: DistillationJob['limits']['trainer'],
) {
  const capture = new MemoryCapture();
  await capture.append(
    drawOrders(450, seededDraw(4)).map((row, index) =>
      capturedOrder(row, index, { isHoldout: index >= 300 }),
    ),
  );
  const progress: RunProgress[] = [];
  const job = distillationJob(directory, {
    task: ordersTask,
    limits: { trainer, modelBytesMax: 8_000_000, searchWork: 0 },
  });
  const result = await runDistillation({
    ...{ job, capture, train: trainBundle, seedRows: [] },
    goldenRows: drawOrders(60, seededDraw(8)),
    draw: seededDraw(1),
    onProgress: (step) => progress.push(step),
  });
  return { result, progress };
}
