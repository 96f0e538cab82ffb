import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { spawnDistillation } from '../../src/distillation/spawn-distillation.js';
import { DistillationFailedError } from '../../src/errors.js';
import { captureLines, distillationJob } from '../support/distillation-job.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { inFile } from '../support/in-file.js';

const directory = temporaryDirectory();
const entry = fileURLToPath(new URL('../../src/distil-process.js', import.meta.url));
let runs = 0;

/** Well under the two minutes that a trainer here would sleep. */
const timely = { timeout: 90_000 };

/** A trainer that does what the test says; `given` holds its arguments by name. */
async function jobWith(body: string, minutesMax = 5) {
  const script = join(directory, `trainer-${runs}.mjs`);
  writeFileSync(
    script,
    `import { cpSync, readFileSync, writeFileSync } from 'node:fs';
     const given = {};
     process.argv.slice(2).forEach((word, k, all) => {
       if (word.startsWith('--')) given[word.slice(2)] = all[k + 1];
     });
     ${body}`,
  );
  return jobOf([process.execPath, script], minutesMax);
}

async function jobOf(command: string[], minutesMax = 5) {
  const capturePath = join(directory, `run-${runs++}.sqlite`);
  const capture = await openSqliteCapture({ path: capturePath, now: () => 0 });
  await capture.append(captureLines({ trainingRows: 300, holdoutRows: 150 }, seededDraw(4)));
  await capture.close();
  const limits = { trainer: { kind: 'command', command, minutesMax } as const };
  return distillationJob(directory, { capturePlace: inFile(capturePath), limits });
}

const start = (
  job: Awaited<ReturnType<typeof jobWith>>,
  signal = new AbortController().signal,
  told: string[] = [],
) =>
  spawnDistillation({
    entry,
    job,
    signal,
    onProgress: ({ stage, message }) => void (stage === 'train' && told.push(message)),
  });

async function failureOf(started: Promise<unknown>): Promise<string> {
  const error = await started.then(
    () => assert.fail('It did not fail.'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof DistillationFailedError, String(error));
  return error.message;
}

/** A bundle of the lines task, made once by the embedded trainer. */
async function embeddedBundle(): Promise<string> {
  const job = await jobWith('');
  const result = await start({
    ...job,
    limits: { ...job.limits, trainer: { kind: 'embedded', student: 'new' } },
  });
  assert.ok(result.kind === 'judged');
  const kept = join(directory, 'kept');
  mkdirSync(kept, { recursive: true });
  for (const file of ['model.onnx', 'manifest.json'])
    cpSync(join(result.candidateDir, file), join(kept, file));
  const path = join(kept, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...manifest, lineage: null, recorded: null }));
  return kept;
}
const bundle = embeddedBundle();

describe('a trainer of one’s own', () => {
  it('gets the snapshot and the seed, tells its progress, and its bundle is judged', async () => {
    const told: string[] = [];
    const job = await jobWith(
      `JSON.parse(readFileSync(given.snapshot + '/manifest.json', 'utf8')).format
         === 'understudy-dataset/1' || process.exit(9);
       console.log('a line of its log');
       console.log(JSON.stringify({ share: 0.5, message: 'half of seed ' + given.seed }));
       console.log('{ this is no JSON');
       cpSync(${JSON.stringify(await bundle)}, given.out, { recursive: true });`,
    );
    const result = await start(job, undefined, told);
    assert.ok(result.kind === 'judged');
    assert.equal(result.isAccepted, true);
    assert.deepEqual(told, ['half of seed 1']);
    const { manifest } = await readBundle(result.candidateDir);
    assert.equal(manifest.recorded, 'recorded.json');
    assert.deepEqual(
      [manifest.lineage!.seed, manifest.lineage!.teacherVersion, manifest.lineage!.parent],
      [1, 'v0-teacher', null],
    );
  });

  it('fails with its last words, and when it writes nothing', async () => {
    const failed = start(await jobWith(`console.error('no room'); process.exit(3);`));
    assert.match(await failureOf(failed), /^The trainer ended with 3\. Its last words: no room$/);
    assert.match(await failureOf(start(await jobWith(''))), /manifest\.json is missing/);
  });

  it('fails when its bundle is of another task', async () => {
    const job = await jobWith(
      `cpSync(${JSON.stringify(await bundle)}, given.out, { recursive: true });
       const path = given.out + '/manifest.json';
       const manifest = JSON.parse(readFileSync(path, 'utf8'));
       writeFileSync(path, JSON.stringify({ ...manifest, labels: ['a', 'b', 'c'] }));`,
    );
    assert.match(
      await failureOf(start(job)),
      /does not fit the task: it has the labels a, b, c, the task has flat, upright, slanted\./,
    );
  });

  it('fails when its bundle takes images of another size', async () => {
    const job = await jobWith(
      `cpSync(${JSON.stringify(await bundle)}, given.out, { recursive: true });
       const path = given.out + '/manifest.json';
       const manifest = JSON.parse(readFileSync(path, 'utf8'));
       const input = { ...manifest.input, width: 2, height: 8 };
       writeFileSync(path, JSON.stringify({ ...manifest, input }));`,
    );
    assert.match(await failureOf(start(job)), /does not fit the task: it takes .*2.*8/);
  });

  it('is stopped when it takes too long, with a child that holds its pipes', timely, async () => {
    const job = await jobOf(['/bin/sh', '-c', 'sleep 120; echo done'], 0.02);

    const message = await failureOf(start(job));

    assert.match(message, /took longer than trainer\.minutesMax, 0\.02\. Its last words: none/);
  });

  it('is killed when it does not listen, with all that it has started', timely, async () => {
    const { told, child } = startingOne();
    const job = await jobOf(['/bin/sh', '-c', `trap '' TERM; ${child}; wait`], 0.02);

    assert.match(await failureOf(start(job)), /took longer than trainer\.minutesMax/);
    await untilEnded(await groupOf(told));
  });

  it('is not waited for by what it leaves behind', timely, async () => {
    const { told, child } = startingOne();
    const job = await jobOf(['/bin/sh', '-c', `${child}; echo no room >&2; exit 3`]);

    assert.match(await failureOf(start(job)), /ended with 3\. Its last words: no room$/);
    await untilEnded(await groupOf(told));
  });

  it('fails clearly when there is no such program', async () => {
    const job = await jobWith('');
    const command = ['no-such-program'];
    const trainer = { kind: 'command', command, minutesMax: 1 } as const;
    const failed = start({ ...job, limits: { ...job.limits, trainer } });
    assert.match(await failureOf(failed), /"no-such-program" cannot start in .*ENOENT/);
  });

  it('ends with its run, and so does what it has started', async () => {
    const beat = join(directory, 'beat');
    const job = await jobWith(
      `const { spawn } = await import('node:child_process');
       const beats = "setInterval(() => fs.writeFileSync(process.argv[1], String(Date.now())), 20)";
       spawn(process.execPath, ['-e', beats, ${JSON.stringify(beat)}], { stdio: 'ignore' });
       setInterval(() => {}, 1000);`,
    );
    const stop = new AbortController();
    const started = start(job, stop.signal);
    await until('the first beat', () => existsSync(beat));
    stop.abort();
    assert.match(await failureOf(started), /The run was stopped/);
    await sleep(200);
    const last = readFileSync(beat, 'utf8');
    await sleep(300);
    assert.equal(readFileSync(beat, 'utf8'), last);
  });

  it('takes back what it has started elsewhere when its run is stopped', timely, async () => {
    const { told, child } = startingOne();
    const job = await jobOf(['/bin/sh', '-c', `${takingBack(told)}; ${child}; wait`]);
    const stop = new AbortController();

    const started = start(job, stop.signal);
    const group = await groupOf(told);
    stop.abort();

    assert.match(await failureOf(started), /The run was stopped/);
    assert.equal(readFileSync(`${told}.back`, 'utf8'), 'once\n');
    await untilEnded(group);
  });

  it('takes it back, and ends, when the gateway is killed', timely, async () => {
    const { told, child } = startingOne();
    const deaf = `( trap '' TERM; ${child}; wait ) & wait`;
    const job = await jobOf(['/bin/sh', '-c', `${takingBack(told)}; ${deaf}`]);
    const gateway = join(directory, 'gateway.mjs');
    writeFileSync(
      gateway,
      `import { fork } from 'node:child_process';
       const stdio = ['ignore', 'ignore', 'ignore', 'ipc'];
       fork(${JSON.stringify(entry)}, [], { stdio, detached: true }).send(${JSON.stringify(job)});`,
    );
    const { pid } = spawn(process.execPath, [gateway], { stdio: 'ignore' });
    const group = await groupOf(told);

    process.kill(pid!, 'SIGKILL');

    await until('it took it back', () => existsSync(`${told}.back`));
    await untilEnded(group);
  });

  it('ends with a run whose process is killed', timely, async () => {
    const { told, child } = startingOne();
    const job = await jobOf(['/bin/sh', '-c', `${child}; wait`]);

    const started = start(job);
    const group = await groupOf(told);
    process.kill(group, 'SIGKILL'); // The run's process alone: it leads the group.

    assert.match(await failureOf(started), /process ended with SIGKILL/);
    await untilEnded(group);
  });
});

/** A shell's words that start a process, which holds its pipes, and tell the group of the run. */
function startingOne(): { readonly told: string; readonly child: string } {
  const told = join(directory, `group-${runs}`);
  return { told, child: `sleep 120 & echo $PPID > ${told}` };
}

/** A shell's words for a trap like that of `deploy/trainer-pytorch/kubernetes-run.sh`. */
const takingBack = (told: string): string =>
  `trap 'sleep 0.1; echo once >> ${told}.back' EXIT; trap 'exit 143' TERM`;

async function groupOf(told: string): Promise<number> {
  const words = (): string => (existsSync(told) ? readFileSync(told, 'utf8') : '');
  await until('the trainer has started', () => words().endsWith('\n'));
  return Number(words());
}

/** Sooner than by itself. */
const untilEnded = (group: number): Promise<void> =>
  until('the group has ended', () => !isAnyoneIn(group), 40_000);

function isAnyoneIn(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
