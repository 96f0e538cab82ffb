import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import type { DemoPhase } from '../../src/demo/demo-phase.js';
import { tellStory, type StoryOptions } from '../../src/demo/story.js';
import { answerJson, runJson } from '../support/api-values.js';

/**
 * A gateway whose student answers only once it was distilled, which certifies it. It counts the
 * cost of a row a moment after it was answered, as the real one does with rows that are labelled
 * later.
 */
async function serveToy() {
  const predicted: string[] = [];
  const events = [{ atMs: 1, kind: 'gateway-started', text: 'It starts.', details: {} }];
  let isDistilled = false;
  let isSettled = true;
  let [owedUsd, costUsd] = [0, 0];

  function get(path: URL): object {
    if (path.pathname.endsWith('/distillations')) return { runs: [] };
    if (path.pathname.endsWith('/timeline')) return { events: events.toReversed() };
    const task = {
      certificate: isDistilled
        ? { kind: 'certified', threshold: 0.75 }
        : { kind: 'not-certified', why: 'There is no student yet.' },
      rows: { pending: isSettled ? 0 : 1 },
      totals: { costUsd },
      teacher: { costPerRowUsd: 1 },
      policy: { delta: 0.1 },
    };
    costUsd = owedUsd;
    isSettled = true;
    return task;
  }
  function predict(input: string): object {
    predicted.push(input);
    owedUsd += isDistilled ? 0.25 : 1;
    isSettled = false;
    const route = isDistilled ? 'student' : 'teacher';
    return answerJson({ route, label: input.replace('in', 'l') });
  }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = new URL(request.url!, 'http://localhost');
      const answer =
        body === '' ? get(path) : predict((JSON.parse(body) as { input: string }).input);
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    predicted,
    distil: () => {
      isDistilled = true;
      events.push({ atMs: 2, kind: 'certificate-won', text: 'Certified.', details: {} });
      return Promise.resolve(runJson({ state: 'promoted' }));
    },
  };
}

const phaseOf = (inputs: readonly string[], endsWithRun: boolean): DemoPhase => ({
  title: inputs.join(),
  rows: inputs.map((input) => ({ input, label: input.replace('in', 'l') })),
  endsWithRun,
});

const optionsOf = (
  toy: Awaited<ReturnType<typeof serveToy>>,
  changes: Partial<StoryOptions> = {},
): StoryOptions => ({
  url: toy.url,
  task: 'toy',
  phases: [phaseOf(['in0', 'in1', 'in2'], true), phaseOf(['in3', 'in4', 'in5'], false)],
  concurrency: 1,
  labelByTeacher: (inputs) => Promise.resolve(inputs.map((input) => input.replace('in', 'l'))),
  distil: toy.distil,
  onPhaseEnd: () => {},
  ...changes,
});

describe('the story of the demo', () => {
  it('sends phase by phase, in order, and says what has happened in each', async () => {
    const toy = await serveToy();
    const told: string[] = [];

    await tellStory(
      optionsOf(toy, {
        onPhaseEnd: ({ title }, events) =>
          told.push(`${title}: ${events.map(({ text }) => text).join(' ')}`),
      }),
    );

    assert.deepEqual(toy.predicted, ['in0', 'in1', 'in2', 'in3', 'in4', 'in5']);
    assert.deepEqual(told, ['in0,in1,in2: It starts.', 'in3,in4,in5: Certified.']);
  });

  it('reports each phase by what its callers got', async () => {
    const toy = await serveToy();

    const phases = await tellStory(optionsOf(toy));

    assert.deepEqual(
      phases.map(({ title, rows, studentShare, accuracy, threshold }) => ({
        ...{ title, rows, studentShare, accuracy, threshold },
      })),
      [
        { title: 'in0,in1,in2', rows: 3, studentShare: 0, accuracy: 1, threshold: null },
        { title: 'in3,in4,in5', rows: 3, studentShare: 1, accuracy: 1, threshold: 0.75 },
      ],
    );
    assert.equal(phases[0]!.agreement, null);
    assert.equal(phases[1]!.agreement!.estimate, 1);
  });

  it('counts the money of a phase once nothing of it is pending', async () => {
    const toy = await serveToy();

    const [first, second] = await tellStory(optionsOf(toy));

    // 3 rows at 1 $, then 3 rows at 0.25 $.
    assert.equal(first!.costPerThousandUsd, 1000);
    assert.equal(second!.costPerThousandUsd, 250);
    assert.equal(first!.teacherForAllPerThousandUsd, 1000);
  });

  it('distils after the phases that say so', async () => {
    const toy = await serveToy();
    const distilledAfter: number[] = [];
    const distil = () => {
      distilledAfter.push(toy.predicted.length);
      return toy.distil();
    };
    const phases = [
      phaseOf(['in0'], true),
      phaseOf(['in1'], false),
      phaseOf(['in2'], true),
      phaseOf(['in3'], false),
    ];

    await tellStory(optionsOf(toy, { phases, distil }));

    assert.deepEqual(distilledAfter, [1, 3]);
  });

  it('fails when the gateway does not know the task', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    const toy = await serveToy();
    const { port } = server.address() as AddressInfo;

    const story = tellStory(optionsOf(toy, { url: `http://127.0.0.1:${port}` }));

    await assert.rejects(story, /answered 404 at \S*\/v1\/tasks\/toy\.$/);
  });
});
