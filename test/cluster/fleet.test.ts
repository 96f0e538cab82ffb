import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFleet } from '../../src/cluster/fleet.js';
import type { WorkerStart } from '../../src/cluster/protocol.js';
import { InvalidBundleError, InvalidConfigError } from '../../src/errors.js';
import type { ServedView, StudentSource } from '../../src/serving/followers.js';
import type { WorkerSupport } from '../../src/serving/worker-support.js';
import { loadConfig } from '../../src/config/load-config.js';
import { defaultStudentSettings } from '../../src/student/onnx-student.js';
import { createFakeWorkers, type Behaviour } from '../fakes/fake-workers.js';
import { RecordingLog } from '../fakes/recording-log.js';
import { createGate } from '../support/gate.js';
import { policy, squareTask } from '../support/square-task.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const view = (version: string, threshold: number | null): ServedView => ({
  version,
  promise: { threshold, labelThresholds: {}, holdoutRate: 0.1, keptOutShare: 0.3, policy },
});
const start: Omit<WorkerStart, 'number'> = {
  config: loadConfig({}, { UNDERSTUDY_PORT: '0' }),
  holdoutKey: new Uint8Array(32),
  primarySocket: '/nowhere/primary.sock',
  tasks: [],
};

const sourceOf = (version: string): StudentSource => ({
  version,
  bundleDir: `/students/${version}`,
  goldenInputs: [],
  recentInputs: [],
});

const notImplemented = (): never => {
  throw new Error('not implemented');
};
/** What no fleet asks for by itself. */
const unused: Omit<WorkerSupport, 'served' | 'sourceOf'> = {
  seed: {
    spec: squareTask,
    teacherName: 'oracle',
    teacherCostPerRowUsd: 0,
    machineCostPerHourUsd: 0,
    studentSettings: defaultStudentSettings,
    cacheBytesMax: 0,
    recentBytesMax: 0,
    seedHashes: new Set(),
  },
  escalate: notImplemented,
  label: notImplemented,
  labellingLost: notImplemented,
  tally: notImplemented,
};

/** A fleet with one task, which serves `v1` first; time passes as the test says. */
function openFleet(count: number, behave?: (number: number, forks: number) => Behaviour) {
  const { workers, fork } = createFakeWorkers(behave);
  const log = new RecordingLog();
  const clock = { ms: 0 };
  const pauses: number[] = [];
  const fleet = createFleet({
    workers: count,
    log,
    nowMs: () => clock.ms,
    fork,
    pause: async (durationMs) => void pauses.push(durationMs),
  });
  const primary = { served: view('v1', 0.5) };
  const support = {
    ...unused,
    served: () => primary.served,
    sourceOf: async (version: string) => sourceOf(version),
  };
  const followers = fleet.followersOf('squares');
  async function change(version: string): Promise<void> {
    const prepared = await followers.prepare(sourceOf(version));
    primary.served = view(version, 0.9);
    await prepared.commit(primary.served);
  }
  const begin = () => fleet.start(start, new Map([['squares', support]]));
  const live = () => workers.filter(({ isDead }) => !isDead());
  const pairs = (): string[] => live().map(({ pair }) => pair());
  return { fleet, workers, live, pairs, log, clock, pauses, primary, followers, change, begin };
}

describe('a fleet that starts', () => {
  it('shows each worker what serves before it listens', async () => {
    const { begin, workers, pairs } = openFleet(2);

    const { port } = await begin();

    assert.equal(port, 4711);
    for (const { asked } of workers)
      assert.deepEqual(asked, ['open', 'prepare', 'commit', 'listen']);
    assert.deepEqual(pairs(), ['v1 0.5', 'v1 0.5']);
  });

  it('fails, and leaves none behind, when one can not load what serves', async () => {
    const { begin, live, log, pauses } = openFleet(3, (number) =>
      number === 2
        ? {
            prepare: () => {
              throw new InvalidBundleError('v1 is damaged.');
            },
          }
        : {},
    );

    await assert.rejects(begin(), { name: 'InvalidBundleError', message: 'v1 is damaged.' });

    await turnsOfTheLoop();
    assert.deepEqual([live(), log.lines, pauses], [[], [], []]);
  });

  it('fails in words for an operator when one ends at its start', async () => {
    const { begin, live } = openFleet(2, (number) => ({ isStillborn: number === 1 }));

    await assert.rejects(begin(), InvalidConfigError);

    assert.deepEqual(live(), []);
  });
});

describe('a worker that ends', () => {
  it('has another one in its place, ever later while that ends at once', async () => {
    const { begin, workers, live, pauses, log } = openFleet(2, (_number, forks) => ({
      isStillborn: forks >= 2 && forks < 12,
    }));
    await begin();

    workers[0]!.die();

    await until('it is there again', () => log.of('worker-restarted').length === 1);
    assert.deepEqual(
      pauses,
      [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000],
    );
    assert.equal(log.of('worker-unstarted').length, 10);
    assert.deepEqual(
      live()
        .map(({ handle }) => handle.number)
        .sort(),
      [1, 2],
    );
  });

  it('waits longer also after a moment of life, and shortly after a long one', async () => {
    const { begin, live, pauses, clock, log } = openFleet(1);
    await begin();
    async function dieAfter(livedMs: number): Promise<void> {
      const before = log.of('worker-restarted').length;
      clock.ms += livedMs;
      live()[0]!.die();
      await until('it is there again', () => log.of('worker-restarted').length > before);
    }

    for (const livedMs of [5, 5, 5, 60_000, 5]) await dieAfter(livedMs);

    assert.deepEqual(pauses, [100, 200, 400, 100, 200]);
  });

  it('is ended when it lives and can not open its tasks', async () => {
    const { begin, workers, live, log } = openFleet(1, (_number, forks) =>
      forks === 1
        ? {
            open: () => {
              throw new TypeError('no');
            },
          }
        : {},
    );
    await begin();

    workers[0]!.die();

    await until('the next but one serves', () => log.of('worker-restarted').length === 1);
    assert.deepEqual(live(), [workers[2]]);
  });

  it('has all of them listen on the port that they had, once none is left', async () => {
    const ports: number[] = [];
    const { begin, workers, log } = openFleet(2, () => ({
      listen: ({ port }) => {
        ports.push(port);
        return { address: '', family: '', port: port === 0 ? 4711 : port };
      },
    }));
    await begin();

    workers[0]!.die();
    await until('it is back', () => log.of('worker-restarted').length === 1);
    for (const worker of workers) worker.die();
    await until('both are back', () => log.of('worker-restarted').length === 3);

    assert.deepEqual(ports, [0, 0, 0, 4711, 4711]);
  });

  it('is not started again while the fleet leaves', async () => {
    const { begin, fleet, workers, live, log } = openFleet(2);
    await begin();

    workers[0]!.die();
    await fleet.drain(1000);
    await turnsOfTheLoop();

    assert.deepEqual([live(), workers.length], [[], 2]);
    assert.deepEqual(log.of('worker-unstarted'), []);
  });
});

describe('a change that all workers follow', () => {
  it('puts the version in front everywhere, with the threshold that speaks of it', async () => {
    const { begin, change, pairs } = openFleet(3);
    await begin();

    await change('v2');

    assert.deepEqual(pairs(), ['v2 0.9', 'v2 0.9', 'v2 0.9']);
  });

  it('is given up everywhere when a worker can not load the version', async () => {
    const { begin, followers, pairs, workers } = openFleet(3, (number) => ({
      ...(number === 2 && {
        prepare: ({ source: { version } }) => {
          if (version === 'v2') throw new InvalidBundleError('v2 is damaged.');
        },
      }),
    }));
    await begin();
    const before = pairs();

    await assert.rejects(followers.prepare(sourceOf('v2')), InvalidBundleError);

    await turnsOfTheLoop();
    assert.deepEqual(pairs(), before);
    for (const { asked } of workers) assert.equal(asked.at(-1), 'abandon');
  });

  it('goes on when a worker dies in the middle; its successor has the new one', async () => {
    const isLoading = createGate();
    const { begin, change, pairs, workers, log } = openFleet(2, (_number, forks) => ({
      ...(forks === 1 && {
        prepare: async ({ source: { version } }) => {
          if (version === 'v2') await isLoading.promise;
        },
      }),
    }));
    await begin();

    const changed = change('v2');
    await turnsOfTheLoop();
    workers[1]!.die();
    await changed;

    await until('there are two again', () => log.of('worker-restarted').length === 1);
    assert.deepEqual(pairs(), ['v2 0.9', 'v2 0.9']);
  });

  it('waits for a worker that catches up, which then misses nothing', async () => {
    const isLoading = createGate();
    const { begin, change, pairs, workers, live, log } = openFleet(2, (_number, forks) => ({
      ...(forks === 2 && {
        prepare: async ({ source: { version } }) => {
          if (version === 'v1') await isLoading.promise;
        },
      }),
    }));
    await begin();
    workers[0]!.die();
    await until('the next one catches up', () => workers[2]?.asked.at(-1) === 'prepare');

    let isChanged = false;
    const changed = change('v2').then(() => (isChanged = true));
    await turnsOfTheLoop();
    const wasChanged = isChanged;
    isLoading.open();
    await changed;
    await until('it listens', () => log.of('worker-restarted').length === 1);

    assert.equal(wasChanged, false);
    assert.equal(live().length, 2);
    assert.deepEqual([...new Set(workers[2]!.asked)], ['open', 'prepare', 'commit', 'listen']);
    assert.deepEqual(pairs(), ['v2 0.9', 'v2 0.9']);
  });

  it('tells a worker that is busy only what is newest, once it listens again', async () => {
    const isFree = createGate();
    const shown: (number | null)[] = [];
    const { begin, followers } = openFleet(1, () => ({
      show: async ({ served }) => {
        shown.push(served.promise.threshold);
        await isFree.promise;
      },
    }));
    await begin();

    for (const threshold of [0.1, 0.1, 0.2, 0.3, 0.4]) followers.show(view('v1', threshold));
    await turnsOfTheLoop();
    isFree.open();
    await followers.shown();

    assert.deepEqual(shown, [0.1, 0.4]);
  });
});
