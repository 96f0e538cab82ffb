import { join } from 'node:path';
import { alternate, ratioOf } from './alternate.js';
import { atLeast } from './bounded-figure.js';
import { batchBodies, digitImages } from './digits-bodies.js';
import { openDigitsSession } from './digits-session.js';
import { startGateway } from './gateway.js';
import type { Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { runsPerSecond } from './run-loop.js';
import { tableOf } from './table.js';

const rowsPerBatch = 64;
const connections = 8;

/** Batches through HTTP against a bare loop of runs in this process. */
export const batches: Measurement = {
  name: 'batches',
  question: 'Batches of 64: what is left of the model’s own speed behind HTTP?',
  async measure({ generator, dir, isQuick, command, say }) {
    const images = await digitImages();
    const gateway = await startGateway({ dataDir: join(dir, 'batches') });
    const session = await openDigitsSession(images);
    const bodies = batchBodies(images, { rows: rowsPerBatch, route: 'student' });
    const seconds = isQuick ? 1 : 3;
    try {
      const rounds = await alternate(
        {
          async gateway() {
            const url = gateway.predictUrl('digits');
            const time = { warmUpSeconds: 0.5, seconds, timeoutMs: 10_000 };
            const result = await generator.saturate({ url, bodies, connections, ...time });
            return result.perSecond * rowsPerBatch;
          },
          loop: async () =>
            rowsPerBatch * (await runsPerSecond(() => session.run(rowsPerBatch), seconds)),
        },
        { rounds: isQuick ? 2 : 5, onRound: (round) => say(`round ${round + 1}`) },
      );
      const ratio = ratioOf(rounds.gateway, rounds.loop);
      const figure = `batches of ${rowsPerBatch}: gateway against a bare loop of runs`;
      return {
        figures: [atLeast(0.5, { figure, value: ratio, unit: 'times its rows a second', command })],
        report: tableOf(
          ['digits', 'rows/s', 'of the loop'],
          [
            ['bare loop of `session.run`, one thread', medianOf(rounds.loop), 1],
            [`gateway, ${connections} connections`, medianOf(rounds.gateway), ratio],
          ],
        ),
      };
    } finally {
      await session.close();
      await gateway.stop();
    }
  },
};
