import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { boundsSchema, type Bounds } from '../../src/config/bounds-schema.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { trainBundle } from '../../src/distillation/train-bundle.js';
import { encodeText } from '../../src/task/text-codec.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { distillationJob, noBounds } from '../support/distillation-job.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { obedientTeacher, topicText, topicsTask, withOrder } from '../support/topics-task.js';

/*
 * Three days of traffic of a hundred honest clients; a fifth of it asks one of four things in other
 * words. Attackers send 30 % of all traffic: inputs like everybody's, with an order to the teacher
 * that the student can not see. So it is taught wrong labels for right inputs, and has nothing to
 * tell them from the right ones by. The attackers know from where golden rows are drawn.
 */
const directory = temporaryDirectory();
const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;
const nowMs = startMs + 72 * hourMs;
const honestRows = 1000;
const attackRows = 430;
/** Of the captured rows of somebody of whom no more is captured than of others. */
const heldOut = 0.25;
const topics = topicsTask.labels.length;

/** What a task has that says nothing of bounds. */
const defaults = boundsSchema.parse({});

interface Sent {
  readonly client: string;
  readonly atMs: number;
  readonly text: string;
  /** What it is about. */
  readonly truth: number;
  /** Of its client's captured rows, those that were held out. */
  readonly heldOut: number;
}

function capturedText(
  { client, atMs, text, truth, heldOut }: Sent,
  draw: () => number,
): CapturedRow {
  const isHoldout = draw() < heldOut;
  const input = encodeText(text);
  const inputHash = createHash('sha256').update(input).digest('hex').slice(0, 32);
  return capturedRow({
    id: `${client} ${atMs} ${inputHash}`,
    ...{ task: topicsTask.name, teacherVersion: 'v0-teacher', client, createdMs: atMs, isHoldout },
    ...{ input, inputHash, teacherLabel: obedientTeacher(text, truth), teacherProbabilities: null },
  });
}

const popularDraw = seededDraw(8);
const popularTexts = [0, 1, 2, 0].map((truth) => ({ truth, text: topicText(truth, popularDraw) }));
const oneMoreWord = (draw: () => number): string => ` ${Math.floor(draw() * 1e6).toString(36)}`;

/** What one of all asks. */
function ordinaryText(draw: () => number): Pick<Sent, 'text' | 'truth'> {
  if (draw() < 0.2) {
    const { text, truth } = popularTexts[Math.floor(draw() * popularTexts.length)]!;
    return { text: text + oneMoreWord(draw), truth };
  }
  const truth = Math.floor(draw() * topics);
  return { text: topicText(truth, draw), truth };
}

function honestTraffic(draw: () => number): Sent[] {
  return Array.from({ length: honestRows }, (_, k) => {
    const atMs = startMs + (k / honestRows) * 72 * hourMs;
    return { client: `user-${k % 100}`, atMs, ...ordinaryText(draw), heldOut };
  });
}

interface Attack {
  readonly clients: number;
  /** Hours from the first row of the log until the attackers' first one. */
  readonly fromHour: number;
  /** Captured rows; default: as large a part of the requests as of the others'. */
  readonly rows?: number;
  /** Topics that are to be taken for the fourth one after them. */
  readonly victims: number;
  /** All of it asks what is asked most. */
  readonly isPopular?: boolean;
}

function attackTraffic(attack: Attack, draw: () => number): Sent[] {
  const { clients, fromHour, rows = attackRows, victims, isPopular = false } = attack;
  return Array.from({ length: rows }, (_, k) => {
    const popular = popularTexts[k % popularTexts.length]!;
    const truth = isPopular ? popular.truth : k % victims;
    const asked = isPopular ? popular.text + oneMoreWord(draw) : topicText(truth, draw);
    const text = withOrder(asked, truth + 4);
    const atMs = startMs + (fromHour + (k / rows) * (72 - fromHour)) * hourMs;
    const client = `mallory-${k % clients}`;
    return { client, atMs, text, truth, heldOut: (heldOut * attackRows) / rows };
  });
}

const goldenDraw = seededDraw(9);
const goldenRows = Array.from({ length: 1000 }, () => {
  const { text, truth } = ordinaryText(goldenDraw);
  return { input: encodeText(text), label: truth };
});

async function distil(
  attack: Attack | null,
  bounds: Bounds,
  parentBundleDir: string | null = null,
) {
  const sent = [
    ...honestTraffic(seededDraw(5)),
    ...(attack === null ? [] : attackTraffic(attack, seededDraw(6))),
  ].sort((a, b) => a.atMs - b.atMs);
  const draw = seededDraw(7);
  const capture = new MemoryCapture();
  await capture.append(sent.map((one) => capturedText(one, draw)));
  const result = await runDistillation({
    job: distillationJob(directory, {
      ...{ task: topicsTask, nowMs, parentBundleDir },
      limits: { bounds, shiftPixels: 0, modelBytesMax: 100_000_000 },
    }),
    ...{ capture, train: trainBundle, seedRows: [], goldenRows },
    draw: seededDraw(1),
    onProgress: () => {},
  });
  assert.equal(result.kind, 'judged');
  return { ...result, accuracy: result.evaluation.goldenAccuracy };
}

const attacks: Readonly<Record<string, { readonly attack: Attack; readonly bound: string }>> = {
  'one client, known for long': {
    attack: { clients: 1, fromHour: 0, victims: 3 },
    bound: 'clientShare',
  },
  'one client that aims at one topic': {
    attack: { clients: 1, fromHour: 0, victims: 1 },
    bound: 'clientShare',
  },
  'one client whose every request is captured': {
    attack: { clients: 1, fromHour: 0, rows: 2400, victims: 3 },
    bound: 'clientShare',
  },
  'ninety clients that came today': {
    attack: { clients: 90, fromHour: 60, victims: 3 },
    bound: 'newClients',
  },
  'ten clients with patience that ask what is asked most': {
    attack: { clients: 10, fromHour: 0, victims: 3, isPopular: true },
    bound: 'nearDuplicates',
  },
};

describe('poisoning', async () => {
  const clean = await distil(null, defaults);

  it('has honest clients hardly notice the bounds', async () => {
    const free = await distil(null, noBounds);

    assert.ok(clean.accuracy > 0.85, `accuracy ${clean.accuracy}`);
    assert.ok(Math.abs(clean.accuracy - free.accuracy) < 0.01);
    const { trainingRows } = clean.dataset!;
    assert.ok(trainingRows > 0.9 * free.dataset!.trainingRows, `${trainingRows} rows`);
  });

  for (const [who, { attack, bound }] of Object.entries(attacks)) {
    it(`by ${who} moves the accuracy on golden rows by less than 2 points`, async (test) => {
      const free = await distil(attack, noBounds);
      const bounded = await distil(attack, defaults);

      const points = (accuracy: number): string => ((accuracy - clean.accuracy) * 100).toFixed(1);
      test.diagnostic(
        `${(clean.accuracy * 100).toFixed(1)} %; attacked ${points(free.accuracy)} points, ` +
          `bounded ${points(bounded.accuracy)}. ${bounded.dataset!.summary}`,
      );
      assert.ok(clean.accuracy - free.accuracy > 0.02, `unbounded: ${free.accuracy}`);
      assert.ok(Math.abs(clean.accuracy - bounded.accuracy) < 0.02, `${bounded.accuracy}`);
      const left = Object.entries(bounded.dataset!.leftOut).sort(([, a], [, b]) => b - a);
      assert.equal(left[0]![0], bound);
      assert.match(bounded.dataset!.boundClients[0]!.client!, /^mallory/);
    });
  }

  it('by thirty patient clients meets no bound: then golden rows keep the incumbent', async () => {
    const attack = { clients: 30, fromHour: 0, victims: 3 };

    const { accuracy, evaluation, isAccepted } = await distil(attack, defaults, clean.candidateDir);

    assert.ok(clean.accuracy - accuracy > 0.02, `accuracy ${accuracy}`);
    assert.equal(isAccepted, false);
    const golden = evaluation.gates.find(({ name }) => name === 'golden');
    assert.match(golden!.reason, /worse beyond chance/);
  });
});
