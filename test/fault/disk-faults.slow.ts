import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, ProblemJson } from '../../src/http/api-types.js';
import { assertCapturedOnce, assertIntact } from '../support/captured-once.js';
import { breakDisk, skipWithoutStrace, type DiskFault } from '../support/disk-fault.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { predictAll, predictOne } from '../support/http-client.js';
import { startLoad, type Load } from '../support/load.js';
import { readLog } from '../support/read-log.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { scrape, workersOf2 } from '../support/workers.js';

const directory = temporaryDirectory();
/** Nobody can see whether what was written is on disk. */
const notSynced: DiskFault = { error: 'EIO', calls: ['fsync', 'fdatasync'] };
const notWritten: DiskFault = { error: 'EIO', calls: ['pwrite64'] };
const full: DiskFault = { error: 'ENOSPC', calls: ['pwrite64'] };

const cases = [
  { name: 'a sync that fails (EIO)', fault: notSynced, policy: 'degraded', workers: 1 },
  { name: 'a write that fails (EIO)', fault: notWritten, policy: 'error', workers: 1 },
  { name: 'a full disk (ENOSPC)', fault: full, policy: 'degraded', workers: 1 },
  { name: 'a full disk (ENOSPC)', fault: full, policy: 'error', workers: 2 },
] as const;

const certifyingRows = 450;
let mark = certifyingRows;
/** Differs in all that the student is unsure of: it never earns these, however long they come. */
const teacherOfAnotherMind = { cut: 0.51, steepness: 200 };
const differing = (k: number): number[] => [0.502, ...unsureSquare(k).slice(1)];
/** As `sureSquare`, but for more requests than that has images. */
const manySure = (k: number): number[] => [k % 2, ...unsureSquare(k).slice(1)];
const inputs = { sure: manySure, unsure: differing };
const loadOn = ({ port }: GatewayProcess, kind: keyof typeof inputs): Load =>
  startLoad({
    ...{ port, task: 'squares', clients: 4 },
    next: () => ({ input: inputs[kind](mark++) }),
  });

const answersOf = (load: Load): readonly AnswerJson[] =>
  load.answers.filter(({ status }) => status === 200).map(({ body }) => body as AnswerJson);

/** What answered or refused each request, each kind once. */
const waysOf = (load: Load, from = 0): readonly string[] => [
  ...new Set(
    load.answers.slice(from).map(({ status, body }) => {
      if (status !== 200) return `${status} ${(body as ProblemJson).code}`;
      const { route, reason } = body as AnswerJson;
      return `${route} ${reason}`;
    }),
  ),
];

const more = (load: Load): Promise<void> => {
  const { length } = load.answers;
  return until('requests are answered', () => load.answers.length > length + 100);
};
const untilFailing = (gateway: GatewayProcess, value: 0 | 1): Promise<void> =>
  until(`the metric is ${value}`, async () => {
    const page = await scrape(gateway.url);
    return page.get('understudy_capture_failing') === value;
  });

describe('a disk that fails under load, and recovers', { skip: skipWithoutStrace }, () => {
  for (const [index, { name, fault, policy, workers }] of cases.entries()) {
    const processes = workers === 1 ? 'one process' : `${workers} workers`;
    it(`${name}: ${policy}, ${processes}; nothing received is lost`, async () => {
      const taskDir = join(directory, `squares-${index}`);
      const taskFile = writeSquaresFile(taskDir, {
        policy: { onTeacherFailure: policy },
        teacher: teacherOfAnotherMind,
      });
      const dataDir = join(directory, `data-${index}`);
      const env = workers === 1 ? {} : workersOf2;
      const gateway = await startGatewayProcess({ dataDir, taskFile, env });
      // Of both kinds, as the load is: a threshold fitted again on the way stays between them.
      const certifying = Array.from({ length: certifyingRows }, (_, k) =>
        k % 4 === 0 ? differing(k) : sureSquare(k),
      );
      const first = await predictAll(gateway.port, 'squares', certifying);
      const sure = loadOn(gateway, 'sure');
      const unsure = loadOn(gateway, 'unsure');
      await more(unsure);
      await untilFailing(gateway, 0);
      assert.deepEqual(waysOf(unsure), ['teacher unsure']);

      const disk = await breakDisk(gateway.child.pid!, dataDir, fault);
      await untilFailing(gateway, 1);
      const [sureBefore, unsureBefore] = [sure.answers.length, unsure.answers.length + 4];
      await Promise.all([more(sure), more(unsure)]);
      await Promise.all([sure.stop(), unsure.stop()]);
      const refusal = policy === 'degraded' ? 'degraded capture-failed' : '503 CAPTURE_FAILED';
      assert.deepEqual(waysOf(sure, sureBefore), ['student confident']);
      assert.deepEqual(waysOf(unsure, unsureBefore), [refusal]);
      assert.deepEqual(waysOf(unsure).toSorted(), ['teacher unsure', refusal].toSorted());

      await disk.heal();
      await untilFailing(gateway, 0); // By itself: there are no requests now.
      const after = await predictOne(gateway.port, 'squares', differing(mark++));
      assert.equal(after.route, 'teacher');
      gateway.child.kill('SIGKILL');
      await gateway.ended;
      const again = await startGatewayProcess({ dataDir, taskFile, env });
      const last = await predictOne(again.port, 'squares', differing(mark++));
      assert.equal((await again.stop()).code, 0);

      assertIntact(dataDir);
      assert.deepEqual([...sure.broken, ...unsure.broken], []);
      const received = [...first, ...answersOf(sure), ...answersOf(unsure), after, last];
      assert.ok(assertCapturedOnce(received, await readLog(dataDir)) > certifyingRows);
      assert.match(gateway.output(), /"event":"capture-failing"/);
      assert.match(gateway.output(), /"event":"capture-recovered"/);
    });
  }
});
