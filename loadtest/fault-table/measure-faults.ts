import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../src/errors.js';
import type { AnswerJson } from '../../src/http/api-types.js';
import { httpStatusOf } from '../../src/http/status.js';
import type { TaskService } from '../../src/task/task-service.js';
import { faults, startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
import { startJsonTeacher, trueLabelOf } from './json-teacher.js';
import {
  breakers,
  breakerStates,
  nextSquares,
  openSquaresGateway,
  predict,
  setups,
  taskNameOf,
  type Asked,
  type BreakerUnderTest,
  type Setup,
} from './squares-gateway.js';

/** What came of the requests under one fault, in one setup and state of the breaker. */
export interface FaultCell {
  readonly setup: Setup;
  readonly fault: Fault;
  readonly breaker: BreakerUnderTest;
  /** Requests with an unsure row, every second one with a sure row beside it. */
  readonly unsure: number;
  /** Of these: all rows answered; by the teacher; or 503, which has `Retry-After`. */
  readonly answered: number;
  readonly byTeacher: number;
  readonly refused: number;
  /** Rows whose label is wrong, and who gave it does not say `degraded`. */
  readonly wrong: number;
  /** Sure rows that the student has not answered, of answered requests. */
  readonly sureElsewhere: number;
  /** Lone sure rows slower than any was without a fault, twice and `noiseMs`. */
  readonly sureSlower: number;
  readonly unsureMs: readonly number[];
  /** Of lone sure rows, under the fault; and before it, in the same gateway. */
  readonly sureMs: readonly number[];
  readonly sureMsWithout: readonly number[];
}

/** What came of one request. */
interface Outcome {
  readonly asked: readonly Asked[];
  /** Null: an error. */
  readonly answers: readonly AnswerJson[] | null;
  readonly isRefused: boolean;
  readonly tookMs: number;
}

/** Of a machine that others use, ms. What waits for a teacher waits longer: 100 at the least. */
const noiseMs = 20;
/** Rows after which a threshold must be certified; half of them the student gets wrong at times. */
const certifyingRowsMax = 4_000;
const batchRowsMax = 8;
/** Between two requests, ms: longer than a breaker under test is open before it probes. */
const betweenMs: Readonly<Record<BreakerUnderTest, number>> = {
  ...{ closed: 20, open: 10 },
  'half-open': breakers['half-open'].openMs + 10,
};

/**
 * Injects every fault between a gateway and its teacher, in every state of the breaker, under
 * traffic of which the student is sure of every second row.
 *
 * @param options  dir: an empty directory. rows: of a cell, by fours: a sure and an unsure one
 *                 alone, and two together. faults: default all.
 */
export async function measureFaults(options: {
  readonly dir: string;
  readonly rows: number;
  readonly faults?: readonly Fault[];
  readonly say?: (text: string) => void;
}): Promise<readonly FaultCell[]> {
  const { dir, rows, say = () => {} } = options;
  const teacher = await startJsonTeacher();
  const proxy = await startFaultProxy(teacher.port);
  const gateway = await openSquaresGateway(dir, proxy.port);
  const cells: FaultCell[] = [];
  try {
    for (const setup of setups)
      for (const state of breakerStates) {
        const task = gateway.tasks.get(taskNameOf(setup, state))!;
        await certify(task);
        const sureMsWithout = loneSureMs(await ask(task, rows, state));
        for (const fault of options.faults ?? faults) {
          say(`${setup.kind}, ${setup.onTeacherFailure}: ${fault}, breaker ${state}`);
          await bringTo(state, { task, proxy });
          proxy.fault = fault;
          const outcomes = await ask(task, rows, state);
          proxy.fault = null;
          cells.push({ setup, fault, breaker: state, ...cellOf(outcomes, sureMsWithout) });
        }
      }
  } finally {
    proxy.close();
    teacher.close();
    await gateway.close();
  }
  return cells;
}

async function certify(task: TaskService): Promise<void> {
  for (let sent = 0, rows = 2; sent < certifyingRowsMax; sent += rows) {
    rows = batchRowsAfter(sent);
    await predict(task, nextSquares(rows));
    const { certificate } = await task.describe();
    if (certificate.kind === 'certified') return;
  }
  throw new Error(`${task.spec.name}: ${certifyingRowsMax} rows certify no threshold.`);
}

/**
 * So few that a machine which stands still for as long as a teacher may take makes no breaker open:
 * half of all calls would have to fail. In pairs, of a sure and an unsure row.
 */
const batchRowsAfter = (sent: number): number =>
  2 * Math.min(batchRowsMax / 2, Math.max(1, Math.floor(sent / 8)));

/** What the teacher was asked before is over, and its breaker is where it is to be. */
async function bringTo(
  state: BreakerUnderTest,
  { task, proxy }: { readonly task: TaskService; readonly proxy: FaultProxy },
): Promise<void> {
  const stateNow = async () => (await task.describe()).teachers[0]!;
  if (state !== 'closed') {
    proxy.fault = 'reset';
    while ((await stateNow()).breaker === 'closed')
      await predict(task, nextSquares(2)).catch(() => {});
    proxy.fault = null;
  }
  if (state === 'open') return;
  for (let now = await stateNow(); now.waitMs > 0; now = await stateNow()) await sleep(now.waitMs);
}

async function ask(
  task: TaskService,
  rows: number,
  state: BreakerUnderTest,
): Promise<readonly Outcome[]> {
  const outcomes: Promise<Outcome>[] = [];
  for (let sent = 0; sent < rows; sent += 4) {
    const [sure, unsure, ...both] = nextSquares(4);
    for (const asked of [[sure!], [unsure!], both]) {
      outcomes.push(askOne(task, asked));
      if (hasUnsure({ asked })) await sleep(betweenMs[state]);
    }
  }
  return Promise.all(outcomes);
}

async function askOne(task: TaskService, asked: readonly Asked[]): Promise<Outcome> {
  const startedMs = performance.now();
  const tookMs = (): number => performance.now() - startedMs;
  try {
    const answers = await predict(task, asked);
    return { asked, answers, isRefused: false, tookMs: tookMs() };
  } catch (error) {
    const isRefused = error instanceof GatewayError && httpStatusOf[error.code] === 503;
    return { asked, answers: null, isRefused, tookMs: tookMs() };
  }
}

const hasUnsure = ({ asked }: Pick<Outcome, 'asked'>): boolean =>
  asked.some(({ isSure }) => !isSure);
const timesOf = (outcomes: readonly Outcome[]): number[] => outcomes.map(({ tookMs }) => tookMs);
const loneSureMs = (outcomes: readonly Outcome[]): number[] =>
  timesOf(outcomes.filter((one) => !hasUnsure(one)));

function cellOf(
  outcomes: readonly Outcome[],
  sureMsWithout: readonly number[],
): Omit<FaultCell, 'setup' | 'fault' | 'breaker'> {
  const unsure = outcomes.filter(hasUnsure);
  const sureMs = loneSureMs(outcomes);
  const slowerMs = 2 * Math.max(...sureMsWithout) + noiseMs;
  const rows = outcomes.flatMap(({ asked, answers }) =>
    (answers ?? []).map((answer, row) => ({ ...asked[row]!, answer })),
  );
  return {
    unsure: unsure.length,
    answered: unsure.filter(({ answers }) => answers !== null).length,
    byTeacher: unsure.filter(({ answers }) => answers?.at(-1)!.route === 'teacher').length,
    refused: unsure.filter(({ isRefused }) => isRefused).length,
    wrong: rows.filter(isWrong).length,
    sureElsewhere:
      rows.filter(({ isSure, answer }) => isSure && answer.route !== 'student').length +
      outcomes.filter((one) => !hasUnsure(one) && one.answers === null).length,
    sureSlower: sureMs.filter((tookMs) => tookMs > slowerMs).length,
    unsureMs: timesOf(unsure),
    ...{ sureMs, sureMsWithout },
  };
}

const isWrong = ({ answer, pixels }: Asked & { readonly answer: AnswerJson }): boolean =>
  answer.route !== 'degraded' && answer.label !== trueLabelOf(pixels);
