import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerJson } from '../../src/http/api-types.js';
import type { TaskService } from '../../src/task/task-service.js';
import { faults, startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
import { startJsonTeacher, trueLabelOf } from './json-teacher.js';
import {
  breakers,
  breakerStates,
  nextSquares,
  openSquaresGateway,
  predict,
  taskNameOf,
  teacherTimeoutMs,
  type Asked,
  type BreakerUnderTest,
} from './squares-gateway.js';

/** What came of the requests under one fault, in one state of the breaker. */
export interface FaultCell {
  readonly fault: Fault;
  readonly breaker: BreakerUnderTest;
  /** Requests of unsure rows. */
  readonly unsure: number;
  /** Of these: answered at all, and by the teacher. */
  readonly answered: number;
  readonly byTeacher: number;
  /** Requests whose label is wrong, and who gave it does not say `degraded`. */
  readonly wrong: number;
  /** Sure rows that the student did not answer, or that took as long as a silent teacher. */
  readonly sureAffected: number;
  readonly unsureMs: readonly number[];
  readonly sureMs: readonly number[];
}

interface Outcome extends Asked {
  /** Null: an error. */
  readonly answer: AnswerJson | null;
  readonly tookMs: number;
}

/** Rows after which a threshold must be certified; half of them the student gets wrong at times. */
const certifyingRowsMax = 4_000;
const batchRows = 40;
/** Between two requests, ms: longer than a breaker under test is open before it probes. */
const betweenMs: Readonly<Record<BreakerUnderTest, number>> = {
  ...{ closed: 20, open: 10 },
  'half-open': breakers['half-open'].openMs + 10,
};

/**
 * Injects every fault between a gateway and its teacher, in every state of the breaker, under
 * traffic of which the student is sure of every second row.
 *
 * @param options  dir: an empty directory. rows: requests of a cell. faults: default all.
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
    for (const state of breakerStates) {
      const task = gateway.tasks.get(taskNameOf(state))!;
      await certify(task);
      for (const fault of options.faults ?? faults) {
        say(`${fault}, breaker ${state}`);
        await bringTo(state, { task, proxy });
        proxy.fault = fault;
        cells.push(cellOf(await ask(task, rows, state), { fault, breaker: state }));
        proxy.fault = null;
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
  for (let sent = 0; sent < certifyingRowsMax; sent += batchRows) {
    await predict(task, nextSquares(batchRows));
    const { certificate } = await task.describe();
    if (certificate.kind === 'certified') return;
  }
  throw new Error(`${task.spec.name}: ${certifyingRowsMax} rows certify no threshold.`);
}

/** What the teacher was asked before is over, and its breaker is where it is to be. */
async function bringTo(
  state: BreakerUnderTest,
  { task, proxy }: { readonly task: TaskService; readonly proxy: FaultProxy },
): Promise<void> {
  const stateNow = async () => (await task.describe()).teachers[0]!;
  if (state !== 'closed') {
    proxy.fault = 'reset';
    while ((await stateNow()).breaker === 'closed') await predict(task, nextSquares(2));
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
  const asked: Promise<Outcome>[] = [];
  for (const one of nextSquares(rows)) {
    asked.push(askOne(task, one));
    if (!one.isSure) await sleep(betweenMs[state]);
  }
  return Promise.all(asked);
}

async function askOne(task: TaskService, asked: Asked): Promise<Outcome> {
  const startedMs = performance.now();
  const answers = await predict(task, [asked]).catch(() => null);
  return { ...asked, answer: answers?.[0] ?? null, tookMs: performance.now() - startedMs };
}

function cellOf(
  outcomes: readonly Outcome[],
  which: Pick<FaultCell, 'fault' | 'breaker'>,
): FaultCell {
  const unsure = outcomes.filter(({ isSure }) => !isSure);
  const sure = outcomes.filter(({ isSure }) => isSure);
  const times = (some: readonly Outcome[]): number[] => some.map(({ tookMs }) => tookMs);
  return {
    ...which,
    unsure: unsure.length,
    answered: unsure.filter(({ answer }) => answer !== null).length,
    byTeacher: unsure.filter(({ answer }) => answer?.route === 'teacher').length,
    wrong: outcomes.filter(isWrong).length,
    sureAffected: sure.filter(isAffected).length,
    unsureMs: times(unsure),
    sureMs: times(sure),
  };
}

const isWrong = ({ answer, pixels }: Outcome): boolean =>
  answer !== null && answer.route !== 'degraded' && answer.label !== trueLabelOf(pixels);

const isAffected = ({ answer, tookMs }: Outcome): boolean =>
  answer?.route !== 'student' || tookMs >= teacherTimeoutMs;
