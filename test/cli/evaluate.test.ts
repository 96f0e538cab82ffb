import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunJson } from '../../src/http/api-types.js';
import type { EvaluationPageJson } from '../../src/http/api-types-evaluation.js';
import { openRegistry } from '../../src/registry/registry.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
/** One student answer in ten is wrong: there is something to learn. */
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.6, steepness: 50 },
  teacher: { cut: 0.5, steepness: 50 },
  policy: { coldHoldoutRate: 0.5 },
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20, searchWork: 0 },
});
const dataDir = join(directory, 'data');
const env = { UNDERSTUDY_TASKS: taskFile };
const run = (...args: string[]) => runProgram({ args: [...args, '--data-dir', dataDir], env });
const pageIn = (dir: string): EvaluationPageJson =>
  JSON.parse(readFileSync(join(dir, 'evaluation.json'), 'utf8')) as EvaluationPageJson;

describe('understudy evaluate', () => {
  let distilled: { readonly output: string };
  let versions: string[];

  before(async () => {
    const draw = seededDraw(5);
    // Which rows are held out decides which student looks the better one.
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'holdout.key'), Buffer.alloc(32, 1));
    const { gateway, port } = await openGateway(dataDir, [taskFile]);
    const image = (): number[] => [draw(), draw(), draw(), draw()];
    await predictAll(port, 'squares', Array.from({ length: 1_000 }, image));
    await gateway.close();
    distilled = await run('distil', 'squares');
    const students = join(dataDir, 'tasks', 'squares', 'students');
    versions = readdirSync(students).filter((name) => name.startsWith('v'));
  });

  it('finds what the run has found out, for the rows are the same', async () => {
    const path = /\nEvaluation: (.+)\/evaluation\.md\n$/.exec(distilled.output)?.[1];
    assert.ok(path !== undefined, distilled.output);
    const ofRun = JSON.parse(readFileSync(join(path, '..', 'run.json'), 'utf8')) as RunJson;
    const out = join(directory, 'page');

    const { code, output } = await run('evaluate', 'v2', 'v1', '--out', out);

    assert.equal(code, 0, output);
    const { details, run: none } = pageIn(out);
    const { student, other, agreement } = details!;
    assert.deepEqual([none, student.version, other!.version], [null, ...versions.sort().reverse()]);
    assert.deepEqual(student.answers!.agreement, ofRun.evaluation!.agreement);
    assert.equal(other!.answers!.agreement!.estimate, ofRun.evaluation!.incumbent!.agreement);
    assert.equal(student.answers!.coverage, ofRun.evaluation!.coverage);
    // The same gate said so in words, from a count of its own.
    const gate = ofRun.evaluation!.gates.find(({ name }) => name === 'agreement')!;
    assert.ok(gate.reason.includes(`${agreement!.gained} rows gained, ${agreement!.lost} lost`));
    assert.match(output, /\nagreement with the teacher, \d+ holdout rows +\d+\.\d % \(/);
    assert.match(output, /\nAgreement: of \d+ rows v2-\w+ alone has \d+ right, v1-\w+ alone \d+/);
    const page = readFileSync(join(out, 'evaluation.md'), 'utf8');
    assert.match(page, /^# v2-[0-9a-f]{8} beside v1-[0-9a-f]{8}\n/);
    assert.match(page, /what it was trained on|v1-[0-9a-f]{8}\*\*: 1234 rows/);
    for (const [, file] of page.matchAll(/\]\((\w+\.svg)\)/g))
      assert.ok(existsSync(join(out, file!)));
  });

  it('works beside a gateway, and may write its page again', async () => {
    const gateway = await startGatewayProcess({ dataDir, taskFile });
    const out = join(directory, 'beside');

    const first = await run('evaluate', 'v1', 'v2', '--task', 'squares', '--out', out);
    const second = await run('evaluate', 'v1', 'v2', '--out', out);
    const answer = await ask(gateway.port, 'GET', '/v1/tasks/squares');
    await gateway.stop();

    assert.deepEqual([first.code, second.code, answer.status], [0, 0, 200], first.output);
    assert.ok(pageIn(out).details!.agreement!.difference < 0, 'the first student is the worse one');
  });

  it('says what is wrong with what was asked for, with code 1 and no stack', async () => {
    const occupied = join(directory, 'occupied');
    mkdirSync(occupied);
    writeFileSync(join(occupied, 'thesis.txt'), 'mine');

    const unknown = await run('evaluate', 'v9', 'v1');
    const same = await run(
      'evaluate',
      'v2',
      versions.find((name) => name.startsWith('v2'))!,
    );
    const task = await run('evaluate', 'v2', 'v1', '--task', 'circles');
    const folder = await run('evaluate', 'v2', 'v1', '--out', occupied);

    assert.match(unknown.output, /There is no student v9\. Versions: v2-\w+, v1-\w+\./);
    assert.match(same.output, /Name two versions: v2-\w+ is the same as itself/);
    assert.match(task.output, /There is no task "circles"\. Tasks served here: squares/);
    assert.match(folder.output, /holds thesis\.txt, which is no file of an evaluation/);
    assert.deepEqual(readdirSync(occupied), ['thesis.txt']);
    for (const { code, output } of [unknown, same, task, folder]) {
      assert.equal(code, 1);
      assert.doesNotMatch(output, /\n {4}at /);
    }
  });

  it('compares no student of other labels, and nothing without rows', async () => {
    const copy = join(directory, 'copy');
    cpSync(dataDir, copy, { recursive: true });
    const dir = join(copy, 'tasks', 'squares', 'students');
    const registry = await openRegistry({ dir, now: () => 1 });
    const source = writeSquareBundle(join(directory, 'source'), { steepness: 3 });
    const manifestFile = join(source, 'manifest.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as object;
    writeFileSync(manifestFile, JSON.stringify({ ...manifest, labels: ['dim', 'bright'] }));
    await registry.add(source, { temperature: 1, evaluation: null, isRejected: false });
    const ofNow = { args: ['evaluate', 'v3', 'v1', '--data-dir', copy], env };
    const empty = join(directory, 'empty');
    const { gateway } = await openGateway(empty, [taskFile]);
    await gateway.close();
    const second = versions.find((name) => name.startsWith('v2'))!;
    cpSync(join(dir, second), join(empty, 'tasks', 'squares', 'students', second), {
      recursive: true,
    });

    const labels = await runProgram(ofNow);
    const rows = await runProgram({ args: ['evaluate', 'v2', 'v1', '--data-dir', empty], env });

    assert.match(labels.output, /v3-\w+ can not be compared: .*has the labels dim, bright/);
    assert.match(rows.output, /There are no rows to compare on: no holdout row chooses/);
    assert.deepEqual([labels.code, rows.code], [1, 1]);
  });
});
