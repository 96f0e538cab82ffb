import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tradeoff } from '../../src/cli/tradeoff.js';
import { plotTradeoff } from '../../src/cli/tradeoff-plot.js';
import { drawTradeoff } from '../../src/cli/tradeoff-svg.js';
import { tabulateTradeoff } from '../../src/cli/tradeoff-table.js';
import { remoteTask } from '../../src/cli/task-control.js';
import type { TradeoffJson } from '../../src/http/api-types-tradeoff.js';
import { tradeoffCurve } from '../../src/routing/tradeoff-curve.js';
import { openGateway } from '../support/gateway.js';
import { predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

/** Risk grows from 0 to some 20 % with coverage; in force is what covers 40 %. */
function tradeoffJson(riskFloor = 0): TradeoffJson {
  const draw = seededDraw(3);
  const confidences = Float64Array.from({ length: 1200 }, () => 1 - draw() ** 2.2 * 0.7);
  const disagrees = [...confidences].map((c) => draw() < (1 - c) * 0.8);
  const threshold = confidences.toSorted()[720]!;
  const answered = disagrees.filter((_, row) => confidences[row]! >= threshold);
  const curve = tradeoffCurve({
    confidences,
    disagrees,
    apart: { given: 0, rows: 0, disagreements: 0 },
    inForce: { threshold, rows: 480, disagreements: answered.filter(Boolean).length },
    fitDelta: 0.05,
    riskMaxMin: 0.001,
    riskFloor,
    thresholdMin: 0,
    intervalDelta: 0.1,
    prices: { teacherCostPerRowUsd: 0.001, studentCostPerRowUsd: 0, labelledShare: 0.05 },
  });
  return {
    student: 'v2-06890900',
    holdoutRows: 1200,
    intervalDelta: 0.1,
    teacherCostPerRowUsd: 0.001,
    studentCostPerRowUsd: 0,
    riskFloor,
    policy: {
      mode: 'risk',
      teacherBudget: null,
      labels: {},
      riskMax: 0.05,
      delta: 0.1,
      holdoutRate: 0.05,
      coldHoldoutRate: 0.2,
      recoveryHoldoutRate: 0.2,
      exploreRate: 0,
      reaskRate: 0,
    },
    certificate: {
      kind: 'not-certified',
      why: 'Not yet, as there is more to say of it than one line of a terminal can hold. '.repeat(
        2,
      ),
      holdoutRows: 1200,
      nextFitAtRows: 1500,
      labels: [],
    },
    missing: null,
    ...curve,
  };
}
const none: TradeoffJson = { ...tradeoffJson(), points: [], inForce: null, missing: 'No rows.' };

describe('the tradeoff on a terminal', () => {
  it('fits 80 columns without colours', () => {
    const shown = tradeoffJson();
    const lines = `${plotTradeoff(shown)}\n${tabulateTradeoff(shown)}`.split('\n');

    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.doesNotMatch(lines.join('\n'), /[^\n -~]/);
  });

  it('has the target across it, and what is in force where it is', () => {
    const lines = plotTradeoff(tradeoffJson()).split('\n');
    const plot = lines.filter((line) => line.charAt(9) === '|').map((line) => line.slice(10));

    const target = plot.findIndex((line) => line.startsWith('--') || /^-.*-$/.test(line));
    const [inForce] = plot.flatMap((line, row) => (line.includes('@') ? [row] : []));
    const column = plot[inForce!]!.indexOf('@');
    assert.equal(column, Math.round(0.4 * 67));
    assert.ok(inForce! > target, 'the risk in force, some 3 %, is drawn below 5 %');
    assert.ok(plot.every((line) => line.length <= 68));
  });

  it('lists a dozen points at most, each target once, and the widest last', () => {
    const shown = tradeoffJson();
    const lines = tabulateTradeoff(shown)
      .split('\n')
      .filter((line) => /^ +[01]\.\d{4} /.test(line));
    const targets = lines.map((line) => line.split(/\s+/).at(-1));

    assert.ok(lines.length === 12 && new Set(targets).size === 12);
    assert.equal(targets.at(-1), String(shown.points.at(-1)!.target!.riskMax));
    assert.match(lines.at(-1)!, / 100\.0 % \(9\d\.\d-100\.0\) /);
  });

  it('marks what is below the floor of the teacher, in plot and table, and says so', () => {
    const shown = tradeoffJson(0.04);
    const plot = plotTradeoff(shown);
    const table = tabulateTradeoff(shown);
    const [without, tableWithout] = [tradeoffJson()].flatMap((free) => [
      plotTradeoff(free),
      tabulateTradeoff(free),
    ]);

    assert.match(plot, /^x estimate where no target can be set now$/m);
    assert.match(plot, /^_ floor, 4 %: the teacher's answers differ among themselves$/m);
    assert.match(plot, /\|.*x.*\n/);
    assert.match(plot, /\|_/);
    assert.equal(table.match(/ floor$/gm)!.length, 1); // One line stands for all.
    assert.match(table, /^floor: none is taken below 4 %: the teacher differs from itself\.$/m);
    assert.doesNotMatch(without!, /floor|^x /m);
    assert.doesNotMatch(tableWithout!, /floor/);
    assert.ok(`${plot}\n${table}`.split('\n').every((line) => line.length <= 80));
  });

  it('says of each label that has a target whether it is certified', () => {
    const own = { label: 'bright', max: 0.005, delta: 0.1, rows: 900, failures: 1 };
    const shown = tradeoffJson();
    const plot = plotTradeoff({
      ...shown,
      certificate: {
        ...shown.certificate,
        labels: [
          { ...own, target: 'riskMax', threshold: 0.93, why: null },
          { ...own, target: 'missMax', threshold: null, why: '12 more rows.' },
        ],
      },
    });

    assert.match(plot, /^bright, riskMax 0\.5 %: from confidence 0\.930\.$/m);
    assert.match(plot, /^bright, missMax 0\.5 %: not certified\. 12 more rows\.$/m);
  });

  it('says what is missing in place of a curve', () => {
    assert.match(plotTradeoff(none), /No rows\.$/);
  });
});

describe('the tradeoff as a picture', () => {
  it('has a band, a line, the target and the point in force', () => {
    const svg = drawTradeoff('a < b & c', tradeoffJson());

    assert.match(svg, /^<svg xmlns=/);
    assert.equal(/<polyline points="([^"]*)"/.exec(svg)![1]!.split(' ').length, 50);
    assert.equal(/<polygon points="([^"]*)"/.exec(svg)![1]!.split(' ').length, 100);
    assert.match(svg, />target 5 %<.*<circle .*>in force: 40\.\d % at/s);
    assert.match(svg, />a &lt; b &amp; c: risk over coverage</);
    assert.doesNotMatch(svg, /NaN|undefined|floor|dotted/);
  });

  it('has dots where no target can be set, and the floor of the teacher', () => {
    const shown = tradeoffJson(0.04);
    const svg = drawTradeoff('squares', shown);
    const [all, reachable] = [...svg.matchAll(/<polyline points="([^"]*)"/g)];

    const settable = shown.points.filter(({ target }) => target !== null).length;
    assert.ok(settable > 5 && settable < 45);
    assert.equal(all![1]!.split(' ').length, 50);
    assert.equal(reachable![1]!.split(' ').length, settable);
    assert.match(svg, />dotted: no target can be set there now</);
    assert.match(svg, />floor 4 %</);
  });

  it('says what is missing in place of a curve', () => {
    const svg = drawTradeoff('squares', none);

    assert.match(svg, />No rows\.</);
    assert.doesNotMatch(svg, /polyline|circle|NaN/);
  });
});

describe('understudy tradeoff', () => {
  it('asks a running gateway, and sets a target there', async () => {
    const file = writeSquaresFile(join(directory, 'squares'));
    const { port } = await openGateway(join(directory, 'data'), [file]);
    const task = remoteTask(`http://127.0.0.1:${port}`, {
      name: 'squares',
      incomingDir: directory,
      apiKey: null,
    });
    await predictAll(
      port,
      'squares',
      Array.from({ length: 40 }, (_, mark) => sureSquare(mark)),
    );

    const policy = await task.updatePolicy({ riskMax: 0.03 });
    const shown = await task.tradeoff();

    assert.deepEqual([policy.riskMax, shown.policy.riskMax], [0.03, 0.03]);
    assert.ok(shown.holdoutRows > 10);
    await assert.rejects(task.updatePolicy({ riskMax: 2 }), /riskMax/);
  });

  it('refuses a picture of another kind, before it asks or sets anything', async () => {
    for (const svg of ['curve.png', 'curve'])
      await assert.rejects(tradeoff('squares', { dataDir: directory, set: '0.03', svg }), {
        name: 'InvalidInputError',
        message: /drawn as SVG, and curve(\.png)? does not end in \.svg/,
      });
  });
});
