import { join } from 'node:path';
import { requestOnce } from '../client/request-once.js';
import { atMost } from './bounded-figure.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { startGateway } from './gateway.js';
import type { Measurement } from './measurement.js';
import { medianOf, percentileOf } from './numbers.js';
import { tableOf } from './table.js';

/** From `node dist/program/main.js serve` in an empty data directory to an answer's last byte. */
export const start: Measurement = {
  name: 'start',
  question: 'Start: how long until the first prediction is answered?',
  async measure({ dir, isQuick, command }) {
    const [body] = singleBodies(await digitImages(), { route: 'student' });
    const totalMs: number[] = [];
    const listeningMs: number[] = [];
    for (let run = 0; run < (isQuick ? 3 : 5); run++) {
      const startedMs = performance.now();
      const gateway = await startGateway({ dataDir: join(dir, `start-${run}`) });
      const outcome = await requestOnce(gateway.predictUrl('digits'), body!);
      totalMs.push(performance.now() - startedMs);
      listeningMs.push(gateway.startMs);
      await gateway.stop();
      if (outcome.kind === 'failed' || outcome.status !== 200)
        throw new Error('The first prediction was not answered.');
    }
    const rowOf = (name: string, values: readonly number[]) => [
      name,
      medianOf(values),
      percentileOf(values, 0),
      percentileOf(values, 100),
    ];
    const figure = 'start to the first answer, median';
    const value = medianOf(totalMs) / 1000;
    return {
      figures: [atMost(1.5, { figure, value, unit: 's', command })],
      report: tableOf(
        [`${totalMs.length} starts of an installed gateway`, 'median ms', 'least', 'most'],
        [rowOf('until it listens', listeningMs), rowOf('until the first answer', totalMs)],
      ),
    };
  },
};
