import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { tellStory, type StoryOptions } from '../../src/demo/story.js';
import { answerJson, runJson } from '../support/api-values.js';

/**
 * A gateway of seven samples, whose student answers only once it was distilled. It counts the cost
 * of a row a moment after it was answered, as the real one does with rows that are labelled later.
 */
async function serveToy() {
  const predicted: string[] = [];
  let isDistilled = false;
  let isSettled = true;
  let costUsd = 0;

  function get(path: URL): object {
    if (path.pathname.endsWith('/samples')) {
      const offset = Number(path.searchParams.get('offset'));
      const samples = Array.from({ length: 7 }, (_, k) => ({ input: `in${k}`, label: `l${k}` }));
      return { total: 7, samples: samples.slice(offset, offset + 3) };
    }
    const task = {
      rows: { pending: isSettled ? 0 : 1 },
      totals: { costUsd },
      teacher: { costPerRowUsd: 1 },
      policy: { delta: 0.1 },
    };
    costUsd = predicted.length * (isDistilled ? 0.25 : 1);
    isSettled = true;
    return task;
  }
  function predict(input: string): object {
    predicted.push(input);
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
      return Promise.resolve(runJson({ state: 'promoted' }));
    },
  };
}

const optionsOf = (
  toy: Awaited<ReturnType<typeof serveToy>>,
  changes: Partial<StoryOptions> = {},
): StoryOptions => ({
  url: toy.url,
  task: 'toy',
  phaseCount: 2,
  concurrency: 1,
  labelByTeacher: (inputs) => Promise.resolve(inputs.map((input) => input.replace('in', 'l'))),
  distil: toy.distil,
  onAnswer: () => {},
  ...changes,
});

describe('the story of the demo', () => {
  it('sends the whole stream in equal phases, page by page, in order', async () => {
    const toy = await serveToy();
    const steps: string[] = [];

    await tellStory(
      optionsOf(toy, {
        onAnswer: ({ phase, done, rows }) => steps.push(`${phase}: ${done}/${rows}`),
      }),
    );

    // Seven samples make two phases of three; what is left over is not sent.
    assert.deepEqual(toy.predicted, ['in0', 'in1', 'in2', 'in3', 'in4', 'in5']);
    assert.deepEqual(steps, ['0: 1/3', '0: 2/3', '0: 3/3', '1: 1/3', '1: 2/3', '1: 3/3']);
  });

  it('distils between phases, and reports each by what its callers got', async () => {
    const toy = await serveToy();

    const phases = await tellStory(optionsOf(toy));

    assert.deepEqual(
      phases.map(({ rows, studentShare, accuracy }) => ({ rows, studentShare, accuracy })),
      [
        { rows: 3, studentShare: 0, accuracy: 1 },
        { rows: 3, studentShare: 1, accuracy: 1 },
      ],
    );
    assert.equal(phases[0]!.agreement, null);
    assert.equal(phases[1]!.agreement!.estimate, 1);
  });

  it('counts the money of a phase once nothing of it is pending', async () => {
    const toy = await serveToy();

    const [first, second] = await tellStory(optionsOf(toy));

    // 3 rows at 1 $; then 6 rows at 0.25 $ in all, less the 3 $ of before.
    assert.equal(first!.costPerThousandUsd, 1000);
    assert.equal(second!.costPerThousandUsd, ((6 * 0.25 - 3) / 3) * 1000);
    assert.equal(first!.teacherForAllPerThousandUsd, 1000);
  });

  it('distils once less than there are phases', async () => {
    const toy = await serveToy();
    let runs = 0;
    const distil = () => {
      runs++;
      return toy.distil();
    };

    await tellStory(optionsOf(toy, { phaseCount: 3, distil }));

    assert.equal(runs, 2);
  });

  it('fails when the gateway does not know the task', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    const toy = await serveToy();
    const { port } = server.address() as AddressInfo;

    const story = tellStory(optionsOf(toy, { url: `http://127.0.0.1:${port}` }));

    await assert.rejects(story, /\/v1\/tasks\/toy\/samples\?\S* answered 404\.$/);
  });
});
