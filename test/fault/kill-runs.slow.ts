import assert from 'node:assert/strict';
import { existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, missingProcesses } from '../../loadtest/child-processes.js';
import type { BatchAnswerJson, RunJson, StudentJson } from '../../src/http/api-types.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { skipUnless } from '../support/skip-without.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { leftoversIn } from '../support/task-leftovers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const dataDir = join(directory, 'data');
const taskDir = join(dataDir, 'tasks', 'squares');
const path = '/v1/tasks/squares';
/** Everything is labelled by the teacher: half may be trained on, half is evidence. */
const rates = { holdoutRate: 0.5, coldHoldoutRate: 0.5, recoveryHoldoutRate: 0.5, exploreRate: 1 };
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  policy: { ...rates, reaskRate: 0 },
  distillation: {
    ...{ trainingRowsMin: 20, choosingRowsMin: 10, searchWork: 0, bundlesMax: 3 },
    runMsP99Max: 10_000, // However busy the machine: no run is to be rejected for that.
  },
});

const rounds = 50;
/** Rounds in which the run was over before the blow do not count: it came too late. */
const triesMax = 2 * rounds;
/** After so many rounds a run goes to its end; the others show that the next one may start. */
const wholeRunEvery = 5;
/** For each run to learn from: the log grows by them, and with it the time of a run. */
const newRows = 8;
const runMsMax = 120_000;
const probes = Array.from({ length: 20 }, (_, k) => sureSquare(1_000_000 + k));

const moments = ['start', 'snapshot', 'train', 'evaluate', 'gate', 'registry'] as const;
type Moment = (typeof moments)[number];
interface Blow {
  readonly victim: 'run' | 'gateway';
  readonly moment: Moment;
  /** How far into it, in [0, 1). */
  readonly share: number;
}
/** How long each takes in a run that nobody disturbs, ms. */
type Durations = Readonly<Record<Exclude<Moment, 'registry'>, number>>;

/** A gateway of this test's data directory, and what it says of itself. */
async function open() {
  const gateway = await startGatewayProcess({ dataDir, taskFile });
  const { port } = gateway;
  const get = async <T>(what: string): Promise<T> => (await ask<T>(port, 'GET', what)).body;
  return {
    gateway,
    async distil(): Promise<RunJson> {
      const started = await ask<RunJson>(port, 'POST', `${path}/distillations`);
      assert.equal(started.status, 202, 'the lease of a run that was killed is not free');
      return started.body;
    },
    runOf: (id: string): Promise<RunJson> => get(`${path}/distillations/${id}`),
    students: async () =>
      (await get<{ students: readonly StudentJson[] }>(`${path}/students`)).students,
    /** Version that serves, and what it says of the probes. */
    async answers(): Promise<{ version: string; labels: string[]; confidences: number[] }> {
      const body = { inputs: probes, route: 'student' };
      const { answers } = (await ask<BatchAnswerJson>(port, 'POST', `${path}/predict`, body)).body;
      return {
        version: answers[0]!.studentVersion!,
        labels: answers.map(({ label }) => label),
        confidences: answers.map(({ confidence }) => confidence!),
      };
    },
  };
}
type Opened = Awaited<ReturnType<typeof open>>;

async function runToEnd(opened: Opened): Promise<{ run: RunJson; took: Durations }> {
  const { id } = await opened.distil();
  const seenMs = new Map<string, number>([['start', performance.now()]]);
  let run = await opened.runOf(id);
  while (run.state === 'running') {
    assert.ok(performance.now() - seenMs.get('start')! < runMsMax, 'a run does not end');
    if (run.message !== 'Starting' && !seenMs.has(run.stage))
      seenMs.set(run.stage, performance.now());
    await sleep(2);
    run = await opened.runOf(id);
  }
  seenMs.set('end', performance.now());
  await writtenDown(id);
  const names = [...seenMs.keys()];
  const took = (name: string): number => {
    const next = names[names.indexOf(name) + 1];
    return next === undefined ? 0 : seenMs.get(next)! - (seenMs.get(name) ?? seenMs.get(next)!);
  };
  const [start, snapshot, train] = [took('start'), took('snapshot'), took('train')];
  return { run, took: { start, snapshot, train, evaluate: took('evaluate'), gate: took('gate') } };
}

/** The end of a run is told a moment before it is on disk. */
function writtenDown(id: string): Promise<void> {
  const path = join(taskDir, 'runs', id, 'run.json');
  const isEnded = (): boolean =>
    (JSON.parse(readFileSync(path, 'utf8')) as RunJson).state !== 'running';
  return until('the end of the run is on disk', isEnded, runMsMax);
}

/** Waits for the moment of a blow, or for the end of the run if that comes before. */
async function momentOf(blow: Blow, id: string, { runOf }: Opened, took: Durations): Promise<void> {
  const { moment, share } = blow;
  if (moment === 'registry') return registryEvent(1 + Math.floor(share * 12), id, runOf);
  const order = ['start', 'snapshot', 'train', 'calibrate', 'evaluate', 'gate', 'promote'];
  const hasCome = ({ state, stage, message }: RunJson): boolean =>
    state !== 'running' ||
    (message !== 'Starting' && order.indexOf(stage) >= order.indexOf(moment));
  if (moment !== 'start') await until(moment, async () => hasCome(await runOf(id)), runMsMax);
  await sleep(share * took[moment]);
}

/** The candidate is taken in and put in front: each step is seen in the registry's directory. */
async function registryEvent(count: number, id: string, runOf: Opened['runOf']): Promise<void> {
  let events = 0;
  const watcher = watch(join(taskDir, 'students'), () => events++);
  const isThere = async (): Promise<boolean> =>
    events >= count || (await runOf(id)).state !== 'running';
  await until(`event ${count} of the registry`, isThere, runMsMax);
  watcher.close();
}

/** @returns whether the run was still going on. */
async function strike(
  { victim }: Blow,
  gateway: GatewayProcess,
): Promise<{ isHit: boolean; runPids: readonly number[] }> {
  const runPids = childrenOf(gateway.child.pid!);
  if (victim === 'gateway') {
    gateway.child.kill('SIGKILL');
    assert.equal((await gateway.ended).signal, 'SIGKILL');
    return { isHit: runPids.length > 0, runPids };
  }
  return { isHit: runPids.filter(kill).length > 0, runPids };
}

/** @returns false where the process has ended by itself just now. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

const skip = skipUnless(missingProcesses() === null, {
  what: '/proc',
  hint: 'the process of a run is found by it (Linux).',
});

describe('kill -9 of a distillation run', { skip }, () => {
  it(`at ${rounds} moments leaves the incumbent serving, and the next run clean`, async (test) => {
    const draw = seededDraw(5);
    let opened = await open();
    let mark = 0;
    const send = (rows: number) =>
      predictAll(
        opened.gateway.port,
        'squares',
        Array.from({ length: rows }, () => sureSquare(mark++)),
      );
    await send(200);
    const { run: first, took } = await runToEnd(opened);
    assert.equal(first.state, 'promoted');
    const truth = probes.map(([brightness]) => (brightness! >= 0.5 ? 'bright' : 'dark'));
    /** What each version has said of the probes; the same ever after. */
    const known = new Map<string, readonly number[]>();
    const hits = new Map<string, number>();
    let hitCount = 0;

    /** @param versions  that may serve now. */
    async function checkServing(versions: readonly string[]): Promise<string> {
      const { version, labels, confidences } = await opened.answers();
      assert.ok(versions.includes(version), `${version} serves, expected ${versions.join('/')}`);
      assert.deepEqual(labels, truth);
      assert.deepEqual(confidences, known.get(version) ?? confidences);
      known.set(version, confidences);
      return version;
    }
    let serving = await checkServing([first.candidateVersion!]);

    for (let round = 0; hitCount < rounds; round++) {
      assert.ok(round < triesMax, `only ${hitCount} of ${round} runs were hit: ${took.train} ms`);
      const moment = moments[Math.floor(draw() * moments.length)]!;
      const victim = moment === 'registry' || draw() < 0.4 ? 'gateway' : 'run';
      const blow: Blow = { victim, moment, share: draw() };
      await send(newRows);
      const newestBefore = (await opened.students())[0]!.version;
      const { id } = await opened.distil();
      await momentOf(blow, id, opened, took);
      const { isHit, runPids } = await strike(blow, opened.gateway);
      const isGone = (): boolean => runPids.every((pid) => !existsSync(`/proc/${pid}`));
      await until('the process of the run has ended', isGone, runMsMax);
      if (victim === 'gateway') opened = await open();
      const ended = async (): Promise<boolean> => (await opened.runOf(id)).state !== 'running';
      await until('the run is told as ended', ended, runMsMax);
      await writtenDown(id);

      const run = await opened.runOf(id);
      const newest = (await opened.students())[0]!.version;
      // Taken in before the blow, whatever moment that was meant for: the pointer moved, or not.
      const isOpen = victim === 'gateway' && newest !== newestBefore;
      const promoted = run.state === 'promoted' ? [run.candidateVersion!] : [serving];
      serving = await checkServing(isOpen ? [serving, newest] : promoted);
      assert.deepEqual(await leftoversIn(taskDir), [], JSON.stringify(blow));
      if (isHit || isOpen || moment === 'registry') {
        hitCount++;
        const name = `${victim} at ${moment}`;
        hits.set(name, (hits.get(name) ?? 0) + 1);
      }
      if (round % wholeRunEvery === 0) {
        await send(newRows);
        const { run: whole } = await runToEnd(opened);
        assert.equal(whole.state, 'promoted', whole.reasons.join(' '));
        serving = await checkServing([whole.candidateVersion!]);
        assert.deepEqual(await leftoversIn(taskDir), []);
      }
    }
    test.diagnostic([...hits].map(([name, count]) => `${name}: ${count}`).join(', '));
    assert.equal((await opened.gateway.stop()).code, 0);
  });
});
