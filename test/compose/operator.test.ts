import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PolicyJson, TaskJson } from '../../src/http/api-types.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import type { TradeoffJson } from '../../src/http/api-types-tradeoff.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { startWorkers } from '../support/workers.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';
/** Between 0.5 and 0.6 the student differs, and is not very sure of it. */
const file = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.6, steepness: 20 },
  teacher: { cut: 0.5, steepness: 200 },
});

function createImages(): (count: number) => number[][] {
  const draw = seededDraw(11);
  return (count) => Array.from({ length: count }, () => [draw(), draw(), draw(), draw()]);
}

const read = async <T>(port: number, path: string): Promise<T> =>
  (await ask<T>(port, 'GET', base + path)).body;
const kindsOf = ({ events }: TimelineJson): readonly string[] => events.map(({ kind }) => kind);

describe('what an operator sees and sets', () => {
  it('is a curve, whose points are targets that hold at once', async () => {
    const { port } = await openGateway(join(directory, 'curve'), [file]);
    const early = await read<TradeoffJson>(port, '/tradeoff');
    await predictAll(port, 'squares', createImages()(900));
    await until('all is labelled', async () => (await read<TaskJson>(port, '')).rows.pending === 0);
    const { points, holdoutRows, inForce } = await read<TradeoffJson>(port, '/tradeoff');

    assert.equal(early.missing, '20 more holdout rows until there is a curve.');
    assert.ok(holdoutRows > 150 && inForce !== null);
    const choices = new Map(points.map(({ target }) => [target?.riskMax, target?.coverage]));
    assert.ok(choices.size > 5);
    const [riskMax, coverage] = [...choices].at(-2)!;
    await ask<PolicyJson>(port, 'PATCH', `${base}/policy`, { riskMax });
    const { certificate, policy } = await read<TaskJson>(port, '');
    assert.ok(certificate.kind === 'certified' && policy.riskMax === riskMax);
    assert.equal(certificate.coverage, coverage);
    const { inForce: now } = await read<TradeoffJson>(port, '/tradeoff');
    assert.deepEqual([now!.threshold, now!.coverage.estimate], [certificate.threshold, coverage]);
  });

  it('is a timeline, which goes on after a restart', async () => {
    const dataDir = join(directory, 'timeline');
    const first = await openGateway(dataDir, [file]);
    await predictAll(first.port, 'squares', createImages()(500));
    await ask(first.port, 'PATCH', `${base}/policy`, { riskMax: 0.1 });
    const before = await read<TimelineJson>(first.port, '/timeline');
    await first.gateway.close();

    const again = await openGateway(dataDir, [file]);
    const after = await read<TimelineJson>(again.port, '/timeline');

    const kinds = kindsOf(before);
    assert.equal(kinds.at(-1), 'gateway-started');
    for (const kind of ['certificate-won', 'policy-changed'])
      assert.ok(kinds.includes(kind), kinds.join(', '));
    assert.deepEqual(after.events.slice(1), before.events);
    assert.match(after.events[0]!.text, /^The gateway started with v1-.* from a confidence of 0\./);
    const [newest, ...others] = (await read<TimelineJson>(again.port, '/timeline?limit=1')).events;
    assert.deepEqual([newest, others], [after.events[0], []]);
  });

  it('is the same with workers: the primary has it', async () => {
    const gateway = await startWorkers({ dataDir: join(directory, 'workers'), taskFile: file });
    await predictAll(gateway.port, 'squares', createImages()(500));
    await until('the rows are evidence', async () => {
      const { holdoutRows } = await read<TradeoffJson>(gateway.port, '/tradeoff');
      return holdoutRows > 250;
    });

    const { points, inForce } = await read<TradeoffJson>(gateway.port, '/tradeoff');
    const kinds = kindsOf(await read<TimelineJson>(gateway.port, '/timeline'));
    await gateway.stop();

    assert.ok(points.length > 40 && inForce !== null);
    assert.deepEqual([kinds.includes('certificate-won'), kinds.at(-1)], [true, 'gateway-started']);
  });
});
