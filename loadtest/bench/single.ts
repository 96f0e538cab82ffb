import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Figure } from '../../src/files/figures-file.js';
import { startServer } from '../server-process.js';
import { alternate, ratioOf, type Rounds } from './alternate.js';
import { atLeast } from './bounded-figure.js';
import { certifyDigits, untilSettled } from './certify-digits.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import { startGateway } from './gateway.js';
import type { BenchContext, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { quietDigitsTask } from './quiet-digits.js';
import { tableOf } from './table.js';

const connections = 64;
const entryOf = (name: string): string =>
  fileURLToPath(new URL(`../servers/${name}.js`, import.meta.url));

/** Single predictions: the gateway, a bare server, and Express around the gateway's own service. */
export const single: Measurement = {
  name: 'single',
  question: 'Single predictions: what does everything around the model cost?',
  async measure(context) {
    const { dir, say } = context;
    const images = await digitImages();
    const tasks = await quietDigitsTask(dir);
    const gateway = await startGateway({ dataDir: join(dir, 'single-gateway'), tasks });
    const bare = await startServer({ entry: entryOf('bare') });
    const expressDir = join(dir, 'single-express');
    const express = await startServer({
      entry: entryOf('express'),
      args: [expressDir],
      env: { UNDERSTUDY_TASKS: tasks },
    });
    try {
      say('until the student is certified, for route auto ...');
      const isCertified = await certifyDigits(gateway, images);
      const student = singleBodies(images, { route: 'student' });
      const predict = '/v1/tasks/digits/predict';
      const perSecond = throughputBy(context);
      const sides = {
        gateway: () => perSecond(gateway.predictUrl('digits'), student),
        bare: () => perSecond(`${bare.url}/`, singleBodies(images)),
        express: () => perSecond(`${express.url}${predict}`, student),
        // A query is nothing for the fast path.
        parsed: () => perSecond(`${gateway.predictUrl('digits')}?`, student),
        async auto() {
          const value = await perSecond(gateway.predictUrl('digits'), singleBodies(images));
          await untilSettled(gateway); // The next one is not measured beside the teacher.
          return value;
        },
      };
      say('until V8 has compiled what is hot ...');
      await alternate(sides, { rounds: context.isQuick ? 1 : 3 });
      const rounds = await alternate(sides, {
        rounds: context.isQuick ? 2 : 5,
        onRound: (round) => say(`round ${round + 1}`),
      });
      return { figures: figuresOf(rounds, context.command), report: reportOf(rounds, isCertified) };
    } finally {
      await Promise.all([gateway.stop(), bare.stop(), express.stop()]);
    }
  },
};

const throughputBy =
  ({ generator, isQuick }: BenchContext) =>
  async (url: string, bodies: readonly Buffer[]): Promise<number> => {
    const time = isQuick ? { warmUpSeconds: 0.5, seconds: 1 } : { warmUpSeconds: 1, seconds: 3 };
    const options = { url, bodies, connections, timeoutMs: 10_000, ...time };
    const { perSecond, failures } = await generator.saturate(options);
    const failed = Object.keys(failures);
    if (failed.length > 0) throw new Error(`${url} failed: ${failed.join(', ')}.`);
    return perSecond;
  };

type Sides = Rounds<'gateway' | 'parsed' | 'bare' | 'express' | 'auto'>;

const figuresOf = ({ gateway, bare, express }: Sides, command: string): Figure[] => [
  atLeast(0.75, {
    figure: 'single predictions: gateway against bare node:http',
    value: ratioOf(gateway, bare),
    unit: 'times its throughput',
    command,
  }),
  atLeast(2.5, {
    figure: 'single predictions: gateway against the same service in Express 5',
    value: ratioOf(gateway, express),
    unit: 'times its throughput',
    command,
  }),
];

function reportOf(rounds: Sides, isCertified: boolean): string {
  const state = isCertified ? 'certified' : 'NOT certified: all to the teacher';
  const rows = (
    [
      ['bare node:http, same batcher', rounds.bare],
      ['gateway, route student', rounds.gateway],
      ['the same without its fast path: by node:http', rounds.parsed],
      [`gateway, route auto, ${state}`, rounds.auto],
      ['Express 5 and express.json around the gateway’s service', rounds.express],
    ] as const
  ).map(([name, values]) => [
    name,
    medianOf(values),
    Math.min(...values),
    Math.max(...values),
    ratioOf(values, rounds.bare),
  ]);
  return [
    `Closed loop, ${connections} connections, digits; median, least and most of ` +
      `${rounds.bare.length} rounds taken in turn, after rounds to warm up.`,
    'With route auto the teacher labels holdout rows on the same cores.',
    '',
    tableOf(['server', 'requests/s', 'least', 'most', 'of bare'], rows),
  ].join('\n');
}
