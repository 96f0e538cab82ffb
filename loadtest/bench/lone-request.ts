import { join } from 'node:path';
import { openTextSession } from '../encoder/text-session.js';
import { singleStream } from '../scenarios.js';
import { alternate } from './alternate.js';
import { atMost } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { encoderBundle, encoderTask, textBodies, textsOfTokens } from './encoders.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measured, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { medianRunMs } from './run-loop.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

/** A caller who is alone, and a model on the event loop. */
export const loneDigits: Measurement = {
  name: 'lone-digits',
  question: 'A lone request, digits: what does it wait beyond its own run?',
  async measure(context) {
    const tasks = await quietDigitsTask(context.dir);
    const images = await digitImages();
    const session = await openDigitsSession(images);
    const bodies = singleBodies(images, { route: 'student' });
    try {
      const run = (): Promise<unknown> => session.run(1);
      return await measureLone(context, { tasks, task: 'digits', bodies, run });
    } finally {
      await session.close();
    }
  },
};

/** A caller who is alone, and a model in a thread of its own. */
export const loneEncoder: Measurement = {
  name: 'lone-encoder',
  question: 'A lone request, small encoder: what does it wait beyond its own run?',
  async measure(context) {
    const tasks = await encoderTask('small');
    const texts = textsOfTokens(256, 32);
    const session = await openTextSession(await encoderBundle('small'));
    const lists = texts.map((text) => session.tokensOf(text));
    let next = 0;
    try {
      const run = (): Promise<unknown> => session.run([lists[next++ % lists.length]!]);
      const bodies = textBodies(texts);
      return await measureLone(context, { tasks, task: 'intents', bodies, run });
    } finally {
      await session.close();
    }
  },
};

interface Subject {
  readonly tasks: string;
  readonly task: string;
  readonly bodies: readonly Buffer[];
  /** One row in ONNX Runtime and nothing else. */
  readonly run: () => Promise<unknown>;
}

async function measureLone(context: BenchContext, subject: Subject): Promise<Measured> {
  const { generator, dir, isQuick, command } = context;
  const { tasks, task, bodies, run } = subject;
  const gateway = await startGateway({ dataDir: join(dir, `lone-${task}`), tasks });
  const target = { url: gateway.predictUrl(task), bodies, timeoutMs: 10_000 };
  const time = { warmUpSeconds: 0.5, seconds: isQuick ? 1 : 3 };
  try {
    const rounds = await alternate(
      {
        run: () => medianRunMs(run, 500),
        gateway: async () => (await singleStream(generator, target, time)).msP50,
      },
      { rounds: isQuick ? 2 : 5 },
    );
    const extraMs = medianOf(rounds.gateway.map((ms, round) => ms - rounds.run[round]!));
    const figure = `${task}: what a lone request waits beyond a bare run, median`;
    return {
      figures: [atMost(1, { figure, value: extraMs, unit: 'ms', command })],
      report: tableOf(
        ['one request after the other', 'median ms'],
        [
          ['bare run of one row', medianOf(rounds.run)],
          ['through the gateway', medianOf(rounds.gateway)],
        ],
      ),
    };
  } finally {
    await gateway.stop();
  }
}
