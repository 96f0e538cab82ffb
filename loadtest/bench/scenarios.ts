import { join } from 'node:path';
import type { Generator } from '../generator.js';
import { newHistogram, percentileMs } from '../latency-histogram.js';
import { offline, serverScenario, singleStream, type RateTrial } from '../scenarios.js';
import { latenessMsMax } from './bounded-figure.js';
import { batchBodies, digitImages, singleBodies } from './digits-bodies.js';
import { startGateway } from './gateway.js';
import type { Measurement } from './measurement.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

const rowsPerBody = 64;
const msP99Max = 10;

/** MLPerf's scenarios, digits: figures to compare releases by, without a target. */
export const scenarios: Measurement = {
  name: 'scenarios',
  question: 'The scenarios of MLPerf Inference, digits, route student',
  async measure({ generator, dir, isQuick, say }) {
    const images = await digitImages();
    const gateway = await startGateway({
      dataDir: join(dir, 'scenarios'),
      tasks: await quietDigitsTask(dir),
    });
    const url = gateway.predictUrl('digits');
    const timeoutMs = 10_000;
    const one = { url, bodies: singleBodies(images, { route: 'student' }), timeoutMs };
    const many = { url, bodies: batchBodies(images, { rows: rowsPerBody, route: 'student' }) };
    try {
      const seconds = isQuick ? 2 : 10;
      const lone = await singleStream(generator, one, { warmUpSeconds: 1, seconds });
      say('offline ...');
      const options = { rowsPerBody, batches: isQuick ? 200 : 2_000, secondsMax: 60 };
      const bulk = await offline(generator, { ...many, timeoutMs }, options);
      say('server, by bisection ...');
      const attempt = attemptAt({ generator, ...one, seconds: isQuick ? 2 : 10 });
      const { ratePerSecond, trials } = await serverScenario(attempt, {
        ...{ lowPerSecond: 250, highPerSecond: 16_000, msP99Max },
        stepsMax: isQuick ? 5 : 9,
      });
      const report = [
        `- single-stream: p90 ${lone.msP90.toFixed(3)} ms, p50 ${lone.msP50.toFixed(3)} ms`,
        `- offline: ${bulk.rowsPerSecond.toFixed(0)} rows/s (batches of ${rowsPerBody})`,
        `- server: ${ratePerSecond.toFixed(0)} requests/s with p99 within ${msP99Max} ms`,
        '',
        tableOf(
          ['tried requests/s', 'p99 ms', 'all answered, generator on time'],
          trials.map((trial) => [trial.ratePerSecond, trial.msP99, trial.isSound ? 'yes' : 'no']),
        ),
      ].join('\n');
      return { figures: [], report };
    } finally {
      await gateway.stop();
    }
  },
};

const attemptAt =
  (options: {
    readonly generator: Generator;
    readonly url: string;
    readonly bodies: readonly Buffer[];
    readonly timeoutMs: number;
    readonly seconds: number;
  }) =>
  async (ratePerSecond: number): Promise<RateTrial> => {
    const { generator, ...target } = options;
    const { answered, sent, latencyUs, latenessUs } = await generator.openLoop({
      ...{ ...target, ratePerSecond, warmUpSeconds: 1, seed: 1, groupField: null },
      connectionsMax: 1024,
    });
    const isSound = answered === sent && percentileMs(latenessUs, 99) <= latenessMsMax;
    return {
      ratePerSecond,
      isSound,
      msP99: percentileMs(latencyUs.get('all') ?? newHistogram(), 99),
    };
  };
