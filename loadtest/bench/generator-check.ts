import { fileURLToPath } from 'node:url';
import { startServer } from '../server-process.js';
import { isWrkThere, runWrk } from '../wrk.js';
import { alternate, ratioOf } from './alternate.js';
import { digitImages, singleBodies } from './digits-bodies.js';
import type { Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { tableOf } from './table.js';

const connections = 64;
const differenceMax = 0.25;

/** Our generator against wrk, on the fastest server there is here. */
export const generatorCheck: Measurement = {
  name: 'generator-check',
  question: 'The load generator itself: does it see what wrk sees?',
  async measure({ generator, isQuick, command, say }) {
    if (!isWrkThere()) {
      const report = 'SKIPPED: wrk is not there (apt-get install wrk).';
      say(report);
      return { figures: [], report };
    }
    const bodies = singleBodies(await digitImages()).slice(0, 1);
    const body = bodies[0]!.toString();
    const entry = fileURLToPath(new URL('../servers/bare.js', import.meta.url));
    const server = await startServer({ entry });
    const seconds = isQuick ? 2 : 5;
    const url = `${server.url}/`;
    try {
      const rounds = await alternate(
        {
          async ours() {
            const time = { warmUpSeconds: 0.5, seconds, timeoutMs: 10_000 };
            return (await generator.saturate({ url, bodies, connections, ...time })).perSecond;
          },
          wrk: async () => (await runWrk({ url, body, connections, seconds })).perSecond,
        },
        { rounds: isQuick ? 2 : 5 },
      );
      const ratio = ratioOf(rounds.ours, rounds.wrk);
      return {
        figures: [
          {
            figure: 'throughput that our generator sees against wrk',
            value: ratio,
            unit: 'times',
            target: `within ${100 * differenceMax} % of it`,
            holds: Math.abs(ratio - 1) <= differenceMax,
            command,
          },
        ],
        report: tableOf(
          [`bare node:http, ${connections} connections`, 'requests/s'],
          [
            ['our closed loop', medianOf(rounds.ours)],
            ['wrk, one thread', medianOf(rounds.wrk)],
          ],
        ),
      };
    } finally {
      await server.stop();
    }
  },
};
