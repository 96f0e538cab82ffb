import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { CapturedRow } from '../../src/capture/capture.js';
import { resilienceSchema } from '../../src/config/resilience-schema.js';
import { GatewayError } from '../../src/errors.js';
import { KeyBudgets } from '../../src/keys/key-budgets.js';
import { createAnsweringTeacher } from '../../src/serving/answering-teacher.js';
import { askTeacher } from '../../src/serving/ask-teacher.js';
import { isLabelledLater } from '../../src/serving/captured-row.js';
import { BudgetAccount } from '../../src/serving/budget-account.js';
import type { Draft } from '../../src/serving/draft.js';
import { createHoldoutLabeller } from '../../src/serving/holdout-labeller.js';
import { createPatience } from '../../src/serving/patience.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { callerOf } from '../../src/task/caller.js';
import { encodeText } from '../../src/task/text-codec.js';
import { openHttpTeacher } from '../../src/teacher/http/http-teacher.js';
import { openOpenaiTeacher } from '../../src/teacher/openai/openai-teacher.js';
import { systemClock } from '../../src/teacher/resilience/clock.js';
import { costOf } from '../../src/teacher/teacher.js';
import { ResilientTeacher } from '../../src/teacher/resilience/resilient-teacher.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { healthy, MemoryCapture } from '../fakes/memory-capture.js';
import {
  chatPrices,
  chatUsd,
  rowUsd,
  startBillingServer,
  type BilledCourse,
  type Deed,
} from '../support/billing-server.js';
import { httpOptions } from '../support/http-options.js';
import { openaiOptions } from '../support/openai-options.js';
import { undrawn } from '../support/predict-rig.js';
import { pendingRow } from '../support/pending-row.js';
import { policy } from '../support/square-task.js';
import { until } from '../support/until.js';

const moods = {
  ...{ name: 'moods', title: 'Moods', labels: ['glad', 'sad'] },
  input: { kind: 'text' as const, charsMax: 100 },
};
const nobody = 'http://127.0.0.1:2'; // Nothing listens there.
const roundingUsd = 1e-9;

/** How a server is asked. */
const kinds = ['plain', 'samples', 'logprobs', 'one', 'many', 'gone'] as const;

function adapterOf(kind: (typeof kinds)[number], url: string, timeoutMs: number) {
  const remote = { name: kind, timeoutMs, requestsMax: 3 };
  if (kind === 'one' || kind === 'many' || kind === 'gone') {
    const request =
      kind === 'one'
        ? { rows: 'one', body: { inputs: ['{{input}}'] } }
        : { rows: 'many', rowsMax: 2, body: { inputs: '{{inputs}}' } };
    const rows = { ...remote, url: kind === 'gone' ? nobody : `${url}/rows`, request };
    const answer = { label: kind === 'one' ? '/labels/0' : '/labels' };
    return openHttpTeacher(
      moods,
      httpOptions({ ...rows, costPerRowUsd: rowUsd, answer }),
      Date.now,
    );
  }
  const soft = kind === 'plain' ? { softLabels: 'none' } : { softLabels: kind, samples: 2 };
  const chat = { ...remote, ...soft, url, prices: chatPrices };
  const options = openaiOptions({ ...chat, costPerRowUsd: chatUsd, tokensMax: 8 });
  const findExamples = async () => [];
  return openOpenaiTeacher(moods, options, { findExamples, now: Date.now });
}

interface Asking {
  readonly texts: readonly number[];
  readonly afterMs: number;
  /** Null: he waits for his answer. */
  readonly patienceMs: number | null;
}

interface Course {
  readonly deeds: readonly Deed[];
  readonly members: readonly (typeof kinds)[number][];
  readonly isWeighted: boolean;
  readonly hasHedges: boolean;
  readonly timeoutMs: number;
  readonly onTeacherFailure: 'degraded' | 'error';
  readonly callers: readonly Asking[];
  readonly labelRows: number;
  /** What can be spent at once: US dollars. */
  readonly burstUsd: number;
}

const deedArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Deed>('answer', 'slow', 'busy') },
  { weight: 1, arbitrary: fc.constantFrom<Deed>('error', 'junk', 'refuse', 'hang') },
);
const courses: fc.Arbitrary<Course> = fc.record({
  deeds: fc.array(deedArbitrary, { minLength: 1, maxLength: 12 }),
  members: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }),
  isWeighted: fc.boolean(),
  hasHedges: fc.boolean(),
  timeoutMs: fc.constant(30),
  onTeacherFailure: fc.constantFrom('degraded' as const, 'error' as const),
  callers: fc.array(
    fc.record({
      texts: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
      afterMs: fc.nat({ max: 12 }),
      patienceMs: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  labelRows: fc.nat({ max: 2 }),
  burstUsd: fc.constantFrom(1, 4, 1000),
});

let courseCount = 0;
const atServer = new Map<string, BilledCourse>();
const server = startBillingServer(atServer);

/** One course from the askers to the server, and both of its accounts. */
async function take(course: Course) {
  const { timeoutMs } = course;
  const limitUsd = course.burstUsd * 30;
  const account = new BudgetAccount({
    ...{ saved: null, save: async () => {}, onUnsaved: () => assert.fail(), now: Date.now },
  });
  account.setLimits({ unit: 'usd', perHour: limitUsd, perRow: 0.01 });
  const keyAccounts = await KeyBudgets.open({
    file: { read: async () => null, write: async () => {} },
    ...{ onUnsaved: () => assert.fail(), now: Date.now },
  });
  const problems: string[] = [];
  const billed: BilledCourse = { deeds: course.deeds, billed: 0, turn: 0, onBill: check };
  function check(): void {
    const spentUsd = account.spentOf('usd');
    if (spentUsd < billed.billed - roundingUsd) problems.push(`${spentUsd} of ${billed.billed}`);
    if (spentUsd > limitUsd + roundingUsd) problems.push(`${spentUsd} of at most ${limitUsd}`);
  }
  const name = `course-${courseCount++}`;
  const url = `${await server}/${name}`;
  const settings = resilienceSchema.parse({
    retries: { firstDelayMs: 2, budgetShare: 1 },
    breaker: { callsMin: 9, openMs: 1, openMsMax: 1 },
    hedge: course.hasHedges ? { afterShare: 0.5, afterMsMin: 1 } : null,
  });
  const observer = { breakerChanged() {}, triedAgain() {}, paused() {} };
  const teachers = course.members.map((kind, index) => {
    const parts = { settings, timeoutMs, clock: systemClock, draw: Math.random, observer };
    const teacher = new ResilientTeacher(adapterOf(kind, url, timeoutMs), parts);
    return { teacher, weight: course.isWeighted ? index + 1 : null, state: () => teacher.state() };
  });
  if (course.hasHedges) {
    atServer.set(name, { ...billed, deeds: ['answer'], onBill() {} });
    for (const { teacher } of teachers)
      for (let call = 0; call < 20; call++) await teacher.label([encodeText('x')]).catch(() => {});
    await sleep(20); // Those that were given up have ended.
  }
  atServer.set(name, billed);

  const metrics = createMetrics();
  const answering = createAnsweringTeacher(teachers, { task: 'moods', metrics, draw: Math.random });
  const capture = new MemoryCapture();
  const bus = createTaskBus();
  const common = { capture, captureHealth: healthy, bus, budget: account };
  const pause = async (): Promise<void> => sleep(1);
  const labeller = createHoldoutLabeller({ ...common, teacher: teachers[0]!.teacher, pause });
  let ids = 0;
  const newId = (): string => `row-${ids++}`;
  const parts = {
    ...{ ...common, spec: moods, teacher: answering, labeller, newId, keyAccounts },
    promise: { policy: { ...policy, onTeacherFailure: course.onTeacherFailure } },
  };
  const keyBudget = { key: 'shop', usdPerHour: limitUsd };
  const given: string[] = [];
  /** What is shown as spent, US dollars. */
  let shownUsd = 0;
  bus.on('paidInVain', (usd) => (shownUsd += usd));
  bus.on('captured', (rows) => (shownUsd += costOf(rows.filter(isLabelledLater))));
  const ask = async ({ texts, afterMs, patienceMs }: Asking): Promise<void> => {
    await sleep(afterMs);
    const patience = createPatience(callerOf(new AbortController().signal), patienceMs);
    const drafts = texts.map((text) => draftOf(`Text ${text}`, newId()));
    try {
      const part = await askTeacher(parts, drafts, { route: 'auto', patience, keyBudget });
      given.push(...part.answers.keys());
      shownUsd += costOf([...part.answers.values()]);
    } catch (error) {
      if (!(error instanceof GatewayError)) problems.push(String(error));
    } finally {
      patience.end();
    }
  };
  for (let row = 0; row < course.labelRows; row++)
    labeller.add(pendingRow(1000 + row, { input: encodeText(`Row ${row}`) }));
  await Promise.all(course.callers.map(ask));
  await until('labels are there, or lost', () => labeller.pending() === 0);
  const isAllShown = (): boolean => Math.abs(shownUsd - account.spentOf('usd')) < roundingUsd;
  await until('what was spent is shown', isAllShown, 5000).catch(() =>
    problems.push(`${account.spentOf('usd')} dollars were spent, and ${shownUsd} are shown`),
  );
  check();
  atServer.delete(name);
  const written = new Set(capture.rows.map(({ id }) => id));
  problems.push(...given.filter((id) => !written.has(id)).map((id) => `${id} is not in the log`));
  return { problems, account, keyAccounts, billed, capture, metrics };
}

function draftOf(text: string, id: string): Draft {
  return {
    ...{ id, createdMs: 1, input: encodeText(text), opinion: null, draw: undrawn, policy },
    ...{ isHoldout: false, isTrainable: true, keptOutShare: 0.1, holdoutRate: 0.1 },
    ...{ threshold: 0.9, studentVersion: null, route: { kind: 'teacher', reason: 'no-student' } },
    ...{ client: null, subject: null, isStored: true, studentMs: null },
  };
}

describe('what a teacher bills', () => {
  it('is on the account before it is billed, and never more than the budget', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (course) => {
        const { problems } = await take(course);

        assert.deepEqual(problems, []);
      }),
      { numRuns: 40, includeErrorInReport: true },
    );
  });

  it('is what was spent, where all of it is certain, and no whole answer is lost', async () => {
    const certain = courses.map((course) => ({
      ...course,
      hasHedges: false,
      timeoutMs: 30_000,
      deeds: course.deeds.filter((deed) => ['answer', 'slow', 'busy'].includes(deed)),
      callers: course.callers.map((caller) => ({ ...caller, patienceMs: null })),
      burstUsd: 1000,
    }));
    const possible = certain.filter(({ deeds }) => deeds.length > 0);
    await fc.assert(
      fc.asyncProperty(possible, async (course) => {
        const { problems, account, keyAccounts, billed, capture } = await take(course);

        const rounded = (usd: number): number => Math.abs(Math.round(usd * 1e6) / 1e6);
        const sumUsd = (rows: readonly CapturedRow[]): number =>
          rounded(rows.reduce((sum, { costUsd }) => sum + costUsd, 0));
        assert.deepEqual(problems, []);
        assert.equal(rounded(account.spentOf('usd')), rounded(billed.billed));
        if (course.members.some((kind) => kind === 'samples' || kind === 'logprobs')) return;
        const ofKey = capture.rows.filter(({ id }) => Number(id.slice(4)) < 1000);
        assert.equal(sumUsd(capture.rows), rounded(billed.billed));
        assert.equal(sumUsd(ofKey), rounded(keyAccounts.spentUsd('shop')));
      }),
      { numRuns: 40, includeErrorInReport: true },
    );
  });
});
