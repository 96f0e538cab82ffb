import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openTasks } from '../../src/compose.js';
import { InvalidConfigError } from '../../src/errors.js';
import type {
  AnswerJson,
  PolicyJson,
  SamplesJson,
  StudentJson,
  TaskJson,
} from '../../src/http/api-types.js';
import { silentLog } from '../../src/telemetry/log.js';
import { metricList } from '../../src/telemetry/metric-list.js';
import { ask, predictAll, predictOne } from '../support/http-client.js';
import { digitsFile, openGateway, taskSource } from '../support/gateway.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const squaresFile = writeSquaresFile(join(directory, 'squares'));
let directories = 0;
const freshDir = (): string => join(directory, `data-${directories++}`);
const outside = { log: silentLog, now: () => Date.now(), newId: () => 'id' };
const taskOf = async (port: number): Promise<TaskJson> =>
  (await ask<TaskJson>(port, 'GET', '/v1/tasks/squares')).body;
/** Enough different inputs that five in six of them are the 230 rows of a first fit. */
const certifying = Array.from({ length: 450 }, (_, mark) => sureSquare(mark));

describe('a gateway with the built-in task', () => {
  it('serves it from an empty data directory', async () => {
    const dataDir = freshDir();
    const { port } = await openGateway(dataDir, [digitsFile]);
    const example = readFileSync(join(dirname(digitsFile), 'example-request.json'), 'utf8');

    const answer = await ask<AnswerJson>(
      port,
      'POST',
      '/v1/tasks/digits/predict',
      JSON.parse(example),
    );
    const { body: task } = await ask<TaskJson>(port, 'GET', '/v1/tasks/digits');
    const { body: samples } = await ask<SamplesJson>(
      port,
      'GET',
      '/v1/tasks/digits/samples?limit=20',
    );
    const answers = await predictAll(
      port,
      'digits',
      samples.samples.map(({ input }) => input),
    );

    assert.equal(answer.status, 200);
    assert.match(answer.body.label, /^\d$/);
    assert.deepEqual([answer.body.route, answer.body.reason], ['teacher', 'not-certified']);
    assert.match(task.student!.version, /^v1-[0-9a-f]{8}$/);
    assert.ok(task.teacher.multiplyAdds! > 10 * task.student!.multiplyAdds!);
    assert.ok(samples.total > 1_000);
    const right = answers.filter(({ label }, index) => label === samples.samples[index]!.label);
    assert.ok(right.length >= 18, `${right.length} of 20 digits`);
    for (const file of ['capture.sqlite', 'holdout.key', 'tasks/digits/students/registry.json'])
      assert.ok(existsSync(join(dataDir, file)), file);
    assert.equal(statSync(join(dataDir, 'holdout.key')).mode & 0o777, 0o600);
  });
});

describe('a gateway', () => {
  it('serves several tasks, and lists them', async () => {
    const { port } = await openGateway(freshDir(), [squaresFile, digitsFile]);

    const { body } = await ask<{ tasks: TaskJson[] }>(port, 'GET', '/v1/tasks');

    assert.deepEqual(
      body.tasks.map(({ name }) => name),
      ['squares', 'digits'],
    );
  });

  it('lets the student answer once enough rows certify it', async () => {
    const { port, log } = await openGateway(freshDir(), [squaresFile]);
    const before = await predictOne(port, 'squares', sureSquare(1));

    await predictAll(port, 'squares', certifying);
    await until('a certificate', async () => (await taskOf(port)).certificate.kind === 'certified');
    const sure = await predictOne(port, 'squares', sureSquare(1));

    assert.equal(before.route, 'teacher');
    assert.deepEqual([sure.route, sure.reason, sure.label], ['student', 'confident', 'bright']);
    const { certificate } = await taskOf(port);
    assert.ok(certificate.kind === 'certified');
    assert.equal(certificate.disagreements, 0);
    assert.equal(log.of('certificate-won').length > 0, true);
  });

  it('has versions, certificate, policy, rows and agreement again after a restart', async () => {
    const dataDir = freshDir();
    const policy = { holdoutRate: 0.5 };
    const file = writeSquaresFile(join(directory, 'restarted'), { policy });
    const first = await openGateway(dataDir, [file]);
    await predictAll(first.port, 'squares', certifying);
    await ask(first.port, 'PATCH', '/v1/tasks/squares/policy', { exploreRate: 0.5 });
    await until(
      'every row has its label',
      async () => (await taskOf(first.port)).rows.pending === 0,
    );
    const before = await taskOf(first.port);
    const students = await ask(first.port, 'GET', '/v1/tasks/squares/students');
    await first.gateway.close();

    const again = await openGateway(dataDir, [file]);

    const after = await taskOf(again.port);
    // What a start measures anew: on a busy machine even where the student runs.
    const measured = { costPerRowUsd: 0, runMs: 0, runRowsMax: 0, runsOn: 'event-loop' as const };
    for (const part of ['student', 'certificate', 'policy', 'rows'] as const) {
      const withoutTime = ({ student, ...rest }: TaskJson) => ({
        ...rest,
        student: student && { ...student, ...measured },
      });
      assert.deepEqual(withoutTime(after)[part], withoutTime(before)[part], part);
    }
    assert.equal(after.policy.exploreRate, 0.5);
    assert.deepEqual(await ask(again.port, 'GET', '/v1/tasks/squares/students'), students);
    const answer = await predictOne(again.port, 'squares', sureSquare(1));
    assert.equal(answer.route, 'student');
    assert.ok(before.agreement!.rows > 0);
    assert.deepEqual(after.agreement, before.agreement);
  });

  it('goes by what the task file says now, but for what was changed since', async () => {
    const file = writeSquaresFile(join(directory, 'edited'));
    const dataDir = freshDir();
    const first = await openGateway(dataDir, [file]);
    await ask(first.port, 'PATCH', '/v1/tasks/squares/policy', { riskMax: 0.1 });
    await first.gateway.close();

    writeSquaresFile(join(directory, 'edited'), { policy: { exploreRate: 0.33, riskMax: 0.2 } });
    const again = await openGateway(dataDir, [file]);

    const { riskMax, exploreRate }: PolicyJson = (await taskOf(again.port)).policy;
    assert.deepEqual([riskMax, exploreRate], [0.1, 0.33]);
  });

  it('has every metric of its list after some traffic, with the task’s name', async () => {
    const serving = { cacheBytesMax: 1_000_000 };
    const file = writeSquaresFile(join(directory, 'measured'), { serving });
    const { port } = await openGateway(freshDir(), [file]);
    await predictAll(port, 'squares', certifying);
    await predictAll(port, 'squares', certifying);
    await predictOne(port, 'squares', unsureSquare(1));
    await until('labelling is done', async () => (await taskOf(port)).rows.pending === 0);
    await ask(port, 'POST', '/v1/tasks/squares/distillations');
    const scrape = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await until('the run is counted', async () => (await scrape()).includes('run_seconds{'));
    const text = await scrape();

    // Only in mode budget, or with label targets: `test/telemetry/task-metrics.test.ts` has them;
    // or of keys that have a budget: `key-budgets.test.ts`.
    const sometimes: readonly unknown[] = [
      metricList.budgetSpent,
      metricList.labelCertified,
      metricList.labelThreshold,
      metricList.keyBudget,
      metricList.keySpent,
    ];
    const always = Object.values(metricList).filter((one) => !sometimes.includes(one));
    for (const { name, kind, labels } of always) {
      const series = kind === 'histogram' ? `${name}_count` : name;
      const line = text
        .split('\n')
        .find((one) => one.startsWith(`${series}${labels.length === 0 ? ' ' : '{'}`));
      assert.ok(line !== undefined, `${name} is not there`);
      const found = [...line.matchAll(/(\w+)="/g)].map(([, label]) => label);
      assert.deepEqual(found.sort(), [...labels].sort(), name);
    }
  });

  it('has the task’s first student again where its taking in was cut short', async () => {
    const dataDir = freshDir();
    const first = await openGateway(dataDir, [squaresFile]);
    await first.gateway.close();
    const registry = join(dataDir, 'tasks', 'squares', 'students', 'registry.json');
    const pointer = JSON.parse(readFileSync(registry, 'utf8')) as Record<string, unknown>;
    writeFileSync(registry, JSON.stringify({ ...pointer, serving: null })); // Added, not promoted.

    const { port } = await openGateway(dataDir, [squaresFile]);

    assert.notEqual((await taskOf(port)).student, null);
    const { body } = await ask<{ students: StudentJson[] }>(
      port,
      'GET',
      '/v1/tasks/squares/students',
    );
    assert.equal(body.students.filter(({ state }) => state === 'serving').length, 1);
  });
});

describe('a gateway that cannot start', () => {
  const refused = async (
    dataDir: string,
    files: readonly string[],
    pattern: RegExp,
  ): Promise<void> => {
    await assert.rejects(openTasks({ dataDir }, files.map(taskSource), outside), (error: Error) => {
      assert.match(error.message, pattern);
      return true;
    });
  };

  it('says that another one has its data directory, and can have it afterwards', async () => {
    const dataDir = freshDir();
    const first = await openTasks({ dataDir }, [taskSource(squaresFile)], outside);

    await refused(dataDir, [squaresFile], /Another process works on .*data-\d+: a gateway that/);
    await first.close();
    const second = await openTasks({ dataDir }, [taskSource(squaresFile)], outside);
    await second.close();
  });

  it('says that its data directory cannot be made', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    await refused(
      join(file, 'data'),
      [squaresFile],
      /data directory .* cannot be made: .*(ENOTDIR|EEXIST)/,
    );
  });

  it('says that two task files have one name', async () => {
    await refused(freshDir(), [squaresFile, squaresFile], /Two task files have the name "squares"/);
  });

  it('says that a model does not fit the task', async () => {
    const file = writeSquaresFile(join(directory, 'misfit'));
    for (const who of ['student', 'teacher'] as const) {
      const manifestFile = join(directory, 'misfit', who, 'manifest.json');
      const good = readFileSync(manifestFile, 'utf8');
      const manifest = JSON.parse(good) as Record<string, unknown>;
      const labels = ['bright', 'dark'];
      writeFileSync(manifestFile, JSON.stringify({ ...manifest, labels }));
      await refused(
        freshDir(),
        [file],
        /does not fit squares: it has the labels bright, dark, the/,
      );
      const input = { kind: 'image', width: 28, height: 28, channels: 1 };
      writeFileSync(manifestFile, JSON.stringify({ ...manifest, input }));
      await refused(freshDir(), [file], /takes 28x28 grey images, the task has 2x2 grey images/);
      writeFileSync(manifestFile, good);
    }
  });

  it('says that the key of the holdout draw is damaged; it draws by no weak one', async () => {
    const dataDir = freshDir();
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'holdout.key'), '');
    await refused(dataDir, [squaresFile], /holdout\.key has 0 bytes, not 32/);
  });

  it('says that the key is gone although there is a log: another one would draw anew', async () => {
    const dataDir = freshDir();
    await (await openGateway(dataDir, [squaresFile])).gateway.close();
    rmSync(join(dataDir, 'holdout.key'));
    await refused(dataDir, [squaresFile], /holdout\.key is not there\. Restore it from a backup/);
  });

  it('keeps less out of training once it is certified, and a restart knows', async () => {
    const policy = { holdoutRate: 0.1, coldHoldoutRate: 0.9, recoveryHoldoutRate: 0.2 };
    const file = writeSquaresFile(join(directory, 'released'), { policy });
    const dataDir = freshDir();
    const drawOf = (): unknown =>
      JSON.parse(readFileSync(join(dataDir, 'tasks', 'squares', 'draw.json'), 'utf8'));
    const first = await openGateway(dataDir, [file]);
    const before = drawOf() as { keptOutShare: number };
    await predictAll(first.port, 'squares', certifying);
    const released = { ...before, keptOutShare: 0.2 };
    await until('it is on disk', () => isDeepStrictEqual(drawOf(), released));
    await first.gateway.close();

    await (await openGateway(dataDir, [file])).gateway.close();

    assert.equal(before.keptOutShare, 0.9);
    assert.deepEqual(drawOf(), released);
  });

  it('starts with a run whose file is damaged: that is history; other state is not', async () => {
    const dataDir = freshDir();
    await (await openGateway(dataDir, [squaresFile])).gateway.close();
    const task = join(dataDir, 'tasks', 'squares');
    mkdirSync(join(task, 'runs', 'run-1'), { recursive: true });
    writeFileSync(join(task, 'runs', 'run-1', 'run.json'), 'x');

    const { gateway, log } = await openGateway(dataDir, [squaresFile]);
    await gateway.close();

    assert.equal(log.of('run-unreadable').length, 1);
    writeFileSync(join(task, 'policy.json'), '{{');
    await refused(dataDir, [squaresFile], /policy\.json cannot be read .*or delete it, and the/);
    rmSync(join(task, 'policy.json'));
    for (const damaged of ['{}', '[]', '{"evidenceAfterMs":"x","states":{},"attempts":{}}', 'x']) {
      writeFileSync(join(task, 'guarantee.json'), damaged);
      await refused(dataDir, [squaresFile], /guarantee\.json cannot be read .*of delta is spent/);
    }
  });

  it('refuses rows of which nobody knows any more how they were drawn', async () => {
    const dataDir = freshDir();
    const first = await openGateway(dataDir, [squaresFile]);
    await predictOne(first.port, 'squares', unsureSquare(1));
    await first.gateway.close();
    const key = readFileSync(join(dataDir, 'holdout.key'));

    writeFileSync(join(dataDir, 'holdout.key'), new Uint8Array(32));
    await refused(dataDir, [squaresFile], /squares were drawn by another holdout\.key/);
    writeFileSync(join(dataDir, 'holdout.key'), key);
    const path = join(dataDir, 'tasks', 'squares', 'draw.json');
    const draw = JSON.parse(readFileSync(path, 'utf8')) as { inputs?: number };
    assert.equal(draw.inputs, 2);
    for (const [inputs, whose] of [
      [undefined, 'an older'],
      [3, 'a newer'],
    ] as const) {
      writeFileSync(path, JSON.stringify({ ...draw, inputs }));
      const why = `squares were drawn from inputs as ${whose} version of this program kept them`;
      await refused(dataDir, [squaresFile], new RegExp(why));
    }
    rmSync(path);
    await refused(dataDir, [squaresFile], /draw\.json is not there\. It says how the rows were/);
  });

  it('says that its port is taken, and lets go of everything', async () => {
    const { port } = await openGateway(freshDir(), [squaresFile]);
    const dataDir = freshDir();

    await assert.rejects(openGateway(dataDir, [squaresFile], { port }), (error: Error) => {
      assert.ok(error instanceof InvalidConfigError);
      assert.match(
        error.message,
        new RegExp(`Cannot listen on 127.0.0.1:${port}: another program`),
      );
      return true;
    });

    const free = await openGateway(dataDir, [squaresFile]); // The lock is free again.
    await free.gateway.close();
    rmSync(dataDir, { recursive: true });
  });
});

describe('closing a gateway', () => {
  it('can be done twice, and before it was started', async () => {
    const { gateway } = await openGateway(freshDir(), [squaresFile]);

    await Promise.all([gateway.close(), gateway.close()]);
    await gateway.close();
  });

  it('labels what is owed a label before it ends', async () => {
    const file = writeSquaresFile(join(directory, 'owed'), { policy: { holdoutRate: 1 } });
    const dataDir = freshDir();
    const { gateway, port } = await openGateway(dataDir, [file]);
    await predictAll(port, 'squares', certifying);
    const { captured } = (await taskOf(port)).rows;
    const asked = certifying.slice(0, 200);
    const answers = await predictAll(port, 'squares', asked);
    const byStudent = answers.filter(({ route }) => route === 'student').length;
    await gateway.close();

    const again = await openGateway(dataDir, [file]);

    assert.ok(byStudent > 100);
    assert.ok((await taskOf(again.port)).rows.captured >= captured + 200);
  });
});
