import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { remoteTask } from '../../src/cli/task-control.js';
import { verdictOf } from '../../src/cli/distil.js';
import type {
  BatchAnswerJson,
  ProblemJson,
  RunJson,
  SamplesJson,
  StudentJson,
} from '../../src/http/api-types.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import { digitsFile, openGateway } from '../support/gateway.js';
import { ask } from '../support/http-client.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const path = '/v1/tasks/digits';
/** One in six of the 60 % that are held out judge: 40 are needed, and by chance there are more. */
const rows = 1_000;

/** The built-in task, where a run may take long: beside busy neighbours it does. */
function patientDigitsFile(): string {
  const path = join(temporaryDirectory(), 'task.yaml');
  const text = readFileSync(digitsFile, 'utf8')
    .replaceAll(' ./', ` ${dirname(digitsFile)}/`)
    .replace('coldHoldoutRate: 0.30', 'coldHoldoutRate: 0.60')
    .replace('\ndistillation:', '\ndistillation:\n  runMsP99Max: 5000');
  writeFileSync(path, text);
  return path;
}

describe('a compression by the gateway', async () => {
  const { port } = await openGateway(temporaryDirectory(), [patientDigitsFile()]);
  const control = remoteTask(`http://127.0.0.1:${port}`, {
    name: 'digits',
    incomingDir: join('not', 'used'),
    apiKey: null,
  });
  const read = await ask<SamplesJson>(port, 'GET', `${path}/samples?limit=${rows}`);
  const inputs = read.body.samples.map(({ input }) => input);
  const students = async () =>
    (await ask<{ students: StudentJson[] }>(port, 'GET', `${path}/students`)).body.students;

  it('is skipped without traffic, and says what is missing', async () => {
    const run = await control.compress(null, () => {});

    assert.equal(run.state, 'skipped');
    assert.match(run.reasons[0]!, /^Only 0 holdout rows are there to judge by/);
  });

  it('promotes a version a quarter the size, in a process of its own', async () => {
    for (let first = 0; first < rows; first += 50)
      await ask<BatchAnswerJson>(port, 'POST', `${path}/predict`, {
        inputs: inputs.slice(first, first + 50),
      });
    const [source] = await students();
    const seen: RunJson[] = [];

    const run = await control.compress(null, (step) => seen.push(step));

    assert.equal(run.state, 'promoted', run.reasons.join(' '));
    assert.equal(run.compresses, source!.version);
    assert.ok(seen.some(({ stage }) => stage === 'evaluate'));
    const [smaller, before] = await students();
    assert.deepEqual([smaller!.state, before!.state], ['serving', 'previous']);
    assert.equal(smaller!.version, run.candidateVersion);
    assert.equal(smaller!.parent, source!.version);
    assert.ok(smaller!.modelBytes < 0.28 * source!.modelBytes);
    const { evaluation } = smaller!;
    assert.ok(
      evaluation!.gates.length === 7 && evaluation!.gates.every(({ isPassed }) => isPassed),
    );
    assert.ok(evaluation!.compression!.sameLabel > 0.99);
    const body = { inputs: inputs.slice(0, 5), route: 'student' };
    const { answers } = (await ask<BatchAnswerJson>(port, 'POST', `${path}/predict`, body)).body;
    assert.ok(answers.every(({ studentVersion }) => studentVersion === smaller!.version));

    const words = verdictOf(run);
    assert.match(
      words,
      /\n {2}size {11}407,531 -> 10\d,\d{3} bytes \(2\d\.\d % of v1-f92aa8ff\)\n/,
    );
    assert.match(words, /\n {2}a run of 1 {5}[\d.]+ -> [\d.]+ ms \([\d.]+ times as fast\)\n/);
    assert.match(words, /\n {2}a run of 32 {4}[\d.]+ -> [\d.]+ ms /);
    assert.match(words, /\n {2}same label {5}(99\.\d|100\.0) % of \d+ rows; probabilities differ/);
    assert.match(words, /\n {2}pass {2}speed: A one-row run takes/);
  });

  it('finds nothing more to do, nor a version that is not there', async () => {
    const again = await control.compress(null, () => {});
    const unknown = await ask<ProblemJson>(port, 'POST', `${path}/compress`, { version: 'v9-9' });
    const wrong = await ask<ProblemJson>(port, 'POST', `${path}/compress`, { of: 'v1' });

    assert.equal(again.state, 'skipped');
    assert.match(again.reasons[0]!, /in 8 bits already/);
    assert.equal(unknown.status, 404);
    assert.deepEqual([wrong.status, wrong.body.details!['field']], [400, 'of']);
  });

  it('gives the files of a version to whoever runs it elsewhere, to keep for ever', async () => {
    const [smaller] = await students();
    const files = `http://127.0.0.1:${port}${path}/students/${smaller!.version}/files`;

    const manifest = await fetch(`${files}/manifest.json`);
    const model = await fetch(`${files}/model.onnx`);
    const absent = await fetch(`${files}/evaluation.json`);

    const said = (await manifest.json()) as BundleManifest;
    const bytes = new Uint8Array(await model.arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), said.model.sha256);
    assert.equal(said.compression!.of, smaller!.parent);
    assert.equal(model.headers.get('content-type'), 'application/octet-stream');
    for (const { headers } of [manifest, model])
      assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable');
    assert.equal(absent.status, 404);
    assert.notEqual(absent.headers.get('cache-control'), 'private, max-age=31536000, immutable');
  });

  it('goes back to floats by a rollback', async () => {
    await control.rollback();

    const [smaller, source] = await students();
    assert.deepEqual([smaller!.state, source!.state], ['retired', 'serving']);
  });

  it('is told apart from distillations in the timeline', async () => {
    const { events } = (await ask<TimelineJson>(port, 'GET', `${path}/timeline`)).body;

    const kinds = events
      .filter(({ details }) => details['compresses'] !== undefined)
      .map(({ kind }) => kind);
    // The next run may start before the end of the one before is told.
    assert.equal(kinds.filter((kind) => kind === 'run-started').length, 3);
    assert.ok(kinds.includes('run-promoted') && kinds.includes('run-skipped'), kinds.join());
  });
});
