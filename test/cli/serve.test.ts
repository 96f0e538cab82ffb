import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { summaryOf } from '../../src/cli/start-summary.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { TaskJson } from '../../src/http/api-types.js';
import { mainFile, runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { predictOne } from '../support/http-client.js';
import { digitsFile } from '../support/gateway.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { trackedFiles } from '../support/tracked-files.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const squaresFile = writeSquaresFile(join(directory, 'squares'));
const dataDir = join(directory, 'data');
const env = { UNDERSTUDY_TASKS: squaresFile, UNDERSTUDY_LOG_LEVEL: 'warn' };
const serve = (...args: string[]) => runProgram({ args: ['serve', '--port', '0', ...args], env });

describe('understudy', () => {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot(), 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly bin: { readonly understudy: string };
  };
  const program = join(repositoryRoot(), manifest.bin.understudy);

  it('is a program that npx can run, and says what it can do', () => {
    const { status, stdout } = spawnSync(program, ['--help'], { encoding: 'utf8' });

    assert.equal(status, 0);
    assert.match(stdout, /serve \[options\] +run the gateway\n/);
  });

  it('is a file of the repository: npx finds it before there is a build', () => {
    assert.ok(trackedFiles().includes(manifest.bin.understudy));
  });

  it('builds itself where it is not built', () => {
    const clone = join(directory, 'clone', 'src');
    mkdirSync(clone, { recursive: true });
    copyFileSync(program, join(clone, 'bin.mjs'));
    writeFileSync(join(clone, 'setup.mjs'), 'console.log(`built for ${process.argv[2]}`);');

    const args = [join(clone, 'bin.mjs'), 'check'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });

    assert.equal(stdout, 'built for check\n');
  });

  it('says its version', async () => {
    const { code, output } = await runProgram({ args: ['--version'] });

    assert.deepEqual([code, output], [0, `${manifest.version}\n`]);
  });
});

describe('understudy serve', () => {
  it('says what it serves, and what to try', async () => {
    const gateway = await startGatewayProcess({ dataDir: join(directory, 'digits') });
    const output = gateway.output();
    const { code } = await gateway.stop();

    assert.equal(code, 0);
    assert.match(output, new RegExp(`Understudy serves 1 task at ${gateway.url}\n`));
    assert.match(output, /digits: Handwritten digits\n/);
    assert.match(output, /student {2}v1-[0-9a-f]{8}, MLP 784-\d+-10\n/);
    assert.match(output, /teacher {2}digits-cnn, CNN .*, \d+x the work\n/);
    assert.match(output, /at most 5 % of the student's answers differ .* with 90 % certainty\n/);
    assert.match(output, /the teacher answers everything\. 230 more holdout rows until/);
    assert.match(output, new RegExp(`curl -s ${gateway.url}/v1/tasks/digits/predict -H`));
    assert.match(output, /npx understudy distil digits\n {2}npx understudy students digits\n/);
  });

  it('has its data directory to itself: a second start is refused, and says by whom', async () => {
    const gateway = await startGatewayProcess({ dataDir, taskFile: squaresFile });

    const second = await serve('--data-dir', dataDir);

    assert.equal(second.code, 1);
    assert.match(
      second.output,
      new RegExp(
        `A gateway already works on ${dataDir}: ${gateway.url} \\(process ${gateway.child.pid!}\\)`,
      ),
    );
    assert.doesNotMatch(second.output, /\n {4}at /); // No stack: it is not our mistake.
    const answer = await predictOne(gateway.port, 'squares', sureSquare(1));
    assert.equal(answer.label, 'bright');
    await gateway.stop();
    const third = await startGatewayProcess({ dataDir, taskFile: squaresFile });
    assert.equal((await third.stop()).code, 0);
  });

  it('of two started at the same moment lets one work', async () => {
    const dir = join(directory, 'race');
    const both = [0, 1].map(() => startGatewayProcess({ dataDir: dir, taskFile: squaresFile }));

    const outcomes = await Promise.allSettled(both);

    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(failed.length, 1);
    assert.match(String(failed[0]!.reason), /Another process works on|A gateway already works on/);
    for (const outcome of outcomes)
      if (outcome.status === 'fulfilled') assert.equal((await outcome.value.stop()).code, 0);
  });

  it('starts at once after it was killed: nothing stale is in its way', async () => {
    const dir = join(directory, 'killed');
    const first = await startGatewayProcess({ dataDir: dir, taskFile: squaresFile });
    first.child.kill('SIGKILL');
    assert.equal((await first.ended).signal, 'SIGKILL');
    assert.ok(existsSync(join(dir, 'gateway.json')));

    const second = await startGatewayProcess({ dataDir: dir, taskFile: squaresFile });

    assert.equal((await second.stop()).code, 0);
    assert.ok(!existsSync(join(dir, 'gateway.json')));
  });

  it('says that its port is taken, and ends', async () => {
    const gateway = await startGatewayProcess({
      dataDir: join(directory, 'port'),
      taskFile: squaresFile,
    });

    const second = await runProgram({
      args: ['serve', '--port', String(gateway.port), '--data-dir', join(directory, 'port-2')],
      env,
    });

    assert.equal(second.code, 1);
    assert.match(second.output, /Cannot listen on 127\.0\.0\.1:\d+: another program listens there/);
    assert.match(second.output, /UNDERSTUDY_PORT/);
    await gateway.stop();
  });

  it('says that a student is damaged, and ends', async () => {
    const dir = join(directory, 'damaged');
    const first = await startGatewayProcess({ dataDir: dir, taskFile: squaresFile });
    await first.stop();
    const students = join(dir, 'tasks', 'squares', 'students');
    const version = readdirSync(students).find((name) => name.startsWith('v1-'))!;
    const model = readFileSync(join(students, version, 'model.onnx'));
    model[20]! ^= 1;
    writeFileSync(join(students, version, 'model.onnx'), model);

    const second = await serve('--data-dir', dir);

    assert.equal(second.code, 1);
    assert.match(second.output, /serving student v1-[0-9a-f]{8} can not be used: .* is damaged/);
  });

  it('tells all problems of its settings together, and ends', async () => {
    const result = await runProgram({
      args: ['serve', '--port', '99999'],
      env: { ...env, UNDERSTUDY_BATCH_ROWS_MAX: '0', UNDERSTUDY_PROT: '1' },
    });

    assert.equal(result.code, 1);
    assert.match(result.output, /configuration has problems:\n- UNDERSTUDY_PROT: unknown variable/);
    assert.match(result.output, /\n- --port: expected 0 to 65535 \(port\), got "99999"/);
    assert.match(result.output, /\n- UNDERSTUDY_BATCH_ROWS_MAX: expected 1 to 2048 \(rows\), got/);
  });

  it('says which task file it cannot read', async () => {
    const result = await serve('--config', join(directory, 'nothing.yaml'));

    assert.equal(result.code, 1);
    assert.match(result.output, /Cannot read .*nothing\.yaml: ENOENT/);
  });
});

describe('understudy serve --check', () => {
  it('opens everything, says that it is fine, and ends', async () => {
    const result = await serve('--check', '--data-dir', join(directory, 'check'));

    assert.deepEqual(
      [result.code, result.output],
      [0, 'The configuration is fine. Tasks: squares.\n'],
    );
  });

  it('touches nothing: it makes no data directory, and leaves no other behind', async () => {
    const dir = join(directory, 'untouched');
    const temporary = join(directory, 'temporary');
    mkdirSync(temporary);

    const result = await runProgram({
      args: ['serve', '--check', '--data-dir', dir],
      env: { ...env, TMPDIR: temporary, HOME: temporary },
    });

    assert.equal(result.code, 0, result.output);
    assert.ok(!existsSync(dir));
    // ONNX Runtime's telemetry, which is off, would leave its log and its queue.
    assert.deepEqual(readdirSync(temporary), []);
  });

  it('can be asked beside a running gateway, which it leaves alone', async () => {
    const dir = join(directory, 'checked');
    const gateway = await startGatewayProcess({ dataDir: dir, taskFile: squaresFile });
    const guarantee = join(dir, 'tasks', 'squares', 'guarantee.json');
    await until('its first state is written', () => existsSync(guarantee));
    const before = readdirSync(dir, { recursive: true }).sort();

    const result = await serve('--check', '--data-dir', dir);

    assert.equal(result.code, 0, result.output);
    assert.deepEqual(readdirSync(dir, { recursive: true }).sort(), before);
    assert.equal((await predictOne(gateway.port, 'squares', sureSquare(0))).label, 'dark');
    await gateway.stop();
  });

  it('reads the samples too, which a start does not', async () => {
    const withSamples = join(directory, 'squares', 'with-samples.yaml');
    writeFileSync(withSamples, `${readFileSync(squaresFile, 'utf8')}\nsamples: ./task.yaml\n`);

    const result = await runProgram({
      args: ['serve', '--check'],
      env: { UNDERSTUDY_TASKS: withSamples },
    });

    assert.equal(result.code, 1);
    assert.match(result.output, /task\.yaml cannot be read as Parquet/);
  });

  it('says what is wrong with a task file, all of it', async () => {
    const broken = join(directory, 'broken.yaml');
    const text = readFileSync(digitsFile, 'utf8');
    writeFileSync(broken, text.replace('riskMax: 0.05', 'riskMax: 5').replace('0 3 *', '0 99 *'));

    const result = await runProgram({
      args: ['serve', '--check', '--data-dir', join(directory, 'broken')],
      env: { UNDERSTUDY_TASKS: broken },
    });

    assert.equal(result.code, 1);
    assert.match(result.output, /broken\.yaml has problems:\n/);
    assert.match(result.output, /\n- policy\.riskMax: /);
    assert.match(result.output, /\n- distillation\.schedule: must be a cron expression/);
  });
});

describe('understudy serve with several task files', () => {
  const bad = ['one', 'two'].map((name) => {
    const path = join(directory, `${name}.yaml`);
    writeFileSync(path, `name: ${name}\n`);
    return path;
  });
  const refusalOf = async (files: readonly string[]): Promise<string> => {
    const env = { UNDERSTUDY_TASKS: files.join(', ') };
    const { code, output } = await runProgram({ args: ['serve', '--check'], env });
    assert.equal(code, 1);
    return output;
  };

  it('says what is wrong with the bad one, or with each of them', async () => {
    const nowhere = join(directory, 'nowhere.yaml');
    const [one, all] = await Promise.all([
      refusalOf([squaresFile, bad[0]!]),
      refusalOf([...bad, squaresFile, nowhere]),
    ]);

    assert.match(one, /^\S+one\.yaml has problems:\n- title: /);
    assert.match(all, /^3 problems stand in the way of a start:\n/);
    assert.match(all, /\n- \S+one\.yaml has problems:\n {2}- title: /);
    assert.match(all, /\n- \S+two\.yaml has problems:\n {2}- title: /);
    assert.match(all, /\n- Cannot read \S+nowhere\.yaml: ENOENT/);
  });
});

describe('the command line', () => {
  it('explains itself', async () => {
    const result = await runProgram({ args: ['--help'] });

    assert.equal(result.code, 0);
    for (const command of ['serve', 'distil', 'students', 'promote', 'rollback', 'demo'])
      assert.match(result.output, new RegExp(`\n {2}${command} `));
  });

  it('shows its help after a command that there is not', async () => {
    const result = await runProgram({ args: ['evaluat'] });

    assert.equal(result.code, 1);
    assert.match(result.output, /unknown command 'evaluat'/);
  });

  it('is where the tests look for it', () => {
    assert.ok(existsSync(mainFile), `${mainFile}: run npm run build`);
  });
});

describe('the summary at the start', () => {
  const local = { keysFile: null, isLocal: true };
  const task = {
    name: 'squares',
    title: 'Squares',
    student: null,
    teacher: { name: 'oracle', architecture: 'CNN', multiplyAdds: 9_000 },
    policy: { riskMax: 0.025, delta: 0.05 },
    certificate: { kind: 'certified', threshold: 0.87654 },
    refusedProviders: [] as TaskJson['refusedProviders'],
  } as TaskJson;

  it('says which execution providers do not work here', () => {
    const refusedProviders = [{ provider: 'cuda', why: 'No GPU. Used instead: cpu.' }];
    const served = [{ task: { ...task, refusedProviders }, exampleFile: null }];
    const text = summaryOf('http://localhost:1', served, local);

    assert.match(text, /\n {4}note {5}No GPU\. Used instead: cpu\.\n/);
  });

  it('says from which confidence on the student answers, or that there is none', () => {
    const text = summaryOf('http://localhost:1', [{ task, exampleFile: null }], local);

    assert.match(text, /student {2}none yet\n/);
    assert.match(text, /teacher {2}oracle, CNN\n/);
    assert.match(text, /at most 2\.5 % .* with 95 % certainty/);
    assert.match(text, /now {6}the student answers from confidence 0\.877 on/);
    assert.match(text, /curl -s http:\/\/localhost:1\/v1\/tasks\/squares\n/);
  });

  it('says that nothing is served', () => {
    assert.equal(
      summaryOf('http://localhost:1', [], local),
      'Understudy serves no task at http://localhost:1.',
    );
  });
});
