import { join } from 'node:path';
import { openTextSession } from '../encoder/text-session.js';
import { alternate, ratioOf } from './alternate.js';
import { atLeast } from './bounded-figure.js';
import { batchBodies, digitImages } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { encoderBundle, encoderTask, textBatches, textsOfTokens } from './encoders.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { runsPerSecond } from './run-loop.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

const rowsPerBatch = 64;
const connections = 8;

/** Batches of images through HTTP: the model is so fast that reading them is the work. */
export const batchesDigits: Measurement = {
  name: 'batches-digits',
  question: 'Batches of 64, digits: what is left of the model’s own speed behind HTTP?',
  async measure(context) {
    const tasks = await quietDigitsTask(context.dir);
    const images = await digitImages();
    const session = await openDigitsSession(images);
    const bodies = batchBodies(images, { rows: rowsPerBatch, route: 'student' });
    try {
      const run = (): Promise<unknown> => session.run(rowsPerBatch);
      return await measureBatches(context, { tasks, task: 'digits', bodies, run });
    } finally {
      await session.close();
    }
  },
};

/** Batches of texts through HTTP: the model is the work. */
export const batchesEncoder: Measurement = {
  name: 'batches-encoder',
  question: 'Batches of 64, small encoder: what is left of the model’s own speed behind HTTP?',
  async measure(context) {
    const tasks = await encoderTask('small');
    const texts = textsOfTokens(16 * rowsPerBatch, 32);
    const session = await openTextSession(await encoderBundle('small'));
    const lists = texts.slice(0, rowsPerBatch).map((text) => session.tokensOf(text));
    const bodies = textBatches(texts, rowsPerBatch);
    try {
      const run = (): Promise<unknown> => session.run(lists);
      return await measureBatches(context, { tasks, task: 'intents', bodies, run });
    } finally {
      await session.close();
    }
  },
};

interface Subject {
  readonly tasks: string;
  readonly task: string;
  readonly bodies: readonly Buffer[];
  /** One batch in ONNX Runtime and nothing else. */
  readonly run: () => Promise<unknown>;
}

async function measureBatches(context: BenchContext, subject: Subject): Promise<Measured> {
  const { generator, dir, isQuick, command, say } = context;
  const { tasks, task, bodies, run } = subject;
  const gateway = await startGateway({ dataDir: join(dir, `batches-${task}`), tasks });
  const url = gateway.predictUrl(task);
  const seconds = isQuick ? 1 : 3;
  const time = { warmUpSeconds: 0.5, seconds, timeoutMs: 10_000 };
  try {
    const rounds = await alternate(
      {
        async gateway() {
          const result = await generator.saturate({ url, bodies, connections, ...time });
          return result.perSecond * rowsPerBatch;
        },
        loop: async () => rowsPerBatch * (await runsPerSecond(run, seconds)),
      },
      { rounds: isQuick ? 2 : 5, onRound: (round) => say(`round ${round + 1}`) },
    );
    const ratio = ratioOf(rounds.gateway, rounds.loop);
    const figure = `${task}, batches of ${rowsPerBatch}: gateway against a bare loop of runs`;
    return {
      figures: [atLeast(0.5, { figure, value: ratio, unit: 'times its rows a second', command })],
      report: tableOf(
        [task, 'rows/s', 'of the loop'],
        [
          ['bare loop of `session.run`, one thread', medianOf(rounds.loop), 1],
          [`gateway, ${connections} connections`, medianOf(rounds.gateway), ratio],
        ],
      ),
    };
  } finally {
    await gateway.stop();
  }
}
