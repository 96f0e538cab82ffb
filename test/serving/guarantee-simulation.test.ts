import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Guarantee } from '../../src/serving/guarantee.js';
import { policy, squareTask } from '../support/square-task.js';
import { seededDraw } from '../support/seeded-draw.js';

/*
 * The promise, by simulation: of the streams in which a student is certified, at most a share delta
 * may have a threshold whose true risk is above riskMax. The true risk is known here, because the
 * world is made up: a row's confidence is uniform in [0, 1), and `riskAt` says how often the
 * student then differs from the teacher.
 */
const { riskMax, delta } = policy;
const streams = 320;
const rowsPerStream = 1_200;

interface World {
  /** Chance that the student is wrong at this confidence. */
  readonly riskAt: (confidence: number) => number;
  /** Mean of `riskAt` from a threshold up. */
  readonly riskFrom: (threshold: number) => number;
}

/** Hardly ever wrong when sure, 40 % at the bottom. Risk 5 % from the surest 79 % on. */
const honest: World = {
  riskAt: (confidence) => 0.4 * (1 - confidence) ** 3,
  riskFrom: (threshold) => 0.1 * (1 - threshold) ** 3,
};
const honestCoverageMax = 0.5 ** (1 / 3);

/** The hardest: just above the target everywhere, so that any certificate is a false one. */
const justTooRisky: World = {
  riskAt: () => riskMax * 1.001,
  riskFrom: () => riskMax * 1.001,
};

interface Stream {
  readonly guarantee: Guarantee;
  /** Whether any certificate that was won promised too much. */
  hasLied: boolean;
  alarms: number;
}

function openStream(world: World): Stream {
  const stream: Stream = {
    hasLied: false,
    alarms: 0,
    guarantee: new Guarantee({
      labels: squareTask.labels,
      policy,
      saved: null,
      now: () => 0,
      save: () => {},
      onEvent: (event) => {
        if (event.kind === 'certificate-lost') stream.alarms++;
        if (event.kind === 'certificate-won')
          stream.hasLied ||= world.riskFrom(event.certificate.threshold) > riskMax;
      },
    }),
  };
  stream.guarantee.bind('student', []);
  return stream;
}

/** Sends holdout rows until `isOver`; the student answers where it may. */
function send(
  { guarantee }: Stream,
  { riskAt }: World,
  options: { draw: () => number; prefix: string; rowsMax: number; isOver?: () => boolean },
): number {
  for (let sent = 0; sent < options.rowsMax; sent++) {
    if (options.isOver?.() === true) return sent;
    const confidence = options.draw();
    const disagrees = options.draw() < riskAt(confidence);
    const row = {
      inputHash: `${options.prefix}-${sent}`,
      createdMs: 1,
      confidence,
      label: 0,
      teacherLabel: Number(disagrees),
      disagrees,
    };
    const isServed = guarantee.threshold !== null && confidence >= guarantee.threshold;
    guarantee.observe(row, { isServed, certifies: true });
  }
  return options.rowsMax;
}

const seeds = Array.from({ length: streams }, (_, index) => 7_000 + index);
const simulate = (world: World): readonly Stream[] =>
  seeds.map((seed) => {
    const stream = openStream(world);
    send(stream, world, { draw: seededDraw(seed), prefix: 'a', rowsMax: rowsPerStream });
    return stream;
  });

describe('the promise over hundreds of streams', () => {
  it('fails in at most a share delta of them, and the student does answer', () => {
    const simulated = simulate(honest);

    const lies = simulated.filter(({ hasLied }) => hasLied).length;
    const falseAlarms = simulated.filter(({ alarms, hasLied }) => alarms > 0 && !hasLied).length;
    const coverages = simulated.map(({ guarantee }) => 1 - (guarantee.threshold ?? 1));
    const mean = coverages.reduce((sum, coverage) => sum + coverage) / streams;
    assert.ok(lies / streams <= delta, `${lies} of ${streams} streams were promised too much`);
    assert.ok(falseAlarms / streams <= delta, `${falseAlarms} false alarms in ${streams} streams`);
    assert.ok(mean > 0.5 && mean < honestCoverageMax, `mean coverage ${mean}`);
  });

  it('fails in at most a share delta of them where every certificate is a false one', () => {
    const lies = simulate(justTooRisky).filter(({ hasLied }) => hasLied).length;

    assert.ok(lies / streams <= delta, `${lies} of ${streams} streams were promised too much`);
    assert.ok(
      lies / streams >= delta / 4,
      `${lies}: the world is not at the edge, or nothing fits`,
    );
  });
});

describe('a world that changes', () => {
  const shifted: World = { riskAt: () => 0.2, riskFrom: () => 0.2 };

  it('is noticed in every stream, within some tens of served rows in the median', () => {
    const served: number[] = [];
    for (const seed of seeds.slice(0, 100)) {
      const draw = seededDraw(seed);
      const stream = openStream(honest);
      send(stream, honest, { draw, prefix: 'a', rowsMax: 1_000 });
      if (stream.guarantee.threshold === null) continue;

      const coverage = 1 - stream.guarantee.threshold;
      const isOver = (): boolean => stream.guarantee.threshold === null;
      const rows = send(stream, shifted, { draw, prefix: 'b', rowsMax: 20_000, isOver });

      assert.ok(isOver(), `no alarm in stream ${seed}`);
      served.push(rows * coverage);
    }

    served.sort((a, b) => a - b);
    const median = served[Math.floor(served.length / 2)]!;
    assert.ok(served.length > 80, `only ${served.length} streams were certified`);
    assert.ok(median < 60, `median ${median}`);
    assert.ok(served.at(-1)! < 200, `worst ${served.at(-1)!}`);
  });

  it('is certified again only by rows of its own', () => {
    for (const seed of seeds.slice(0, 100)) {
      const draw = seededDraw(seed);
      const stream = openStream(honest);
      send(stream, honest, { draw, prefix: 'a', rowsMax: 1_000 });
      const isOver = (): boolean => stream.guarantee.threshold === null;
      send(stream, shifted, { draw, prefix: 'b', rowsMax: 20_000, isOver });
      send(stream, shifted, { draw, prefix: 'c', rowsMax: 1_000 });

      assert.equal(stream.guarantee.threshold, null);
    }
  });
});
