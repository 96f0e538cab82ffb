import { join } from 'node:path';
import { openOipTeacher } from '../../../src/teacher/oip/oip-teacher.js';
import { describeTeacher, type TeacherHarness } from '../../contract/teacher-contract.js';
import { startGatewayProcess } from '../../support/gateway-process.js';
import { oipOptions } from '../../support/oip-options.js';
import { square, squareTask } from '../../support/square-task.js';
import { writeSquaresFile } from '../../support/squares-file.js';
import { startTeacherServer, type TeacherRequest } from '../../support/teacher-server.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const rows = [
  { input: square(0.2), label: 0 },
  { input: square(0.9), label: 1 },
  { input: square(0.4, 0.25), label: 0 },
  { input: square(0.75), label: 1 },
];
const outputsOf = (data: readonly unknown[], shape: readonly number[]) => ({
  outputs: [{ name: 'probabilities', datatype: 'FP64', shape, data }],
});

/** Another gateway, in a process of its own, behind a server that can be told to fail. */
async function start(): Promise<TeacherHarness> {
  const dir = temporaryDirectory();
  const taskFile = writeSquaresFile(join(dir, 'task'), { policy: { mode: 'teacher' } });
  const other = await startGatewayProcess({ dataDir: join(dir, 'data'), taskFile });
  const forward = async ({ method, path, text }: TeacherRequest) => {
    const body = method === 'POST' ? { body: text } : {};
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(other.url + path, { method, headers, ...body });
    return { status: answer.status, text: await answer.text() };
  };
  const server = await startTeacherServer(forward);
  const secret = 'oip-secret-0123456789';
  return {
    classes: 2,
    rows,
    server,
    secret,
    open: async (changes = {}) => {
      const output = { name: 'probabilities', holds: 'probabilities' };
      const options = oipOptions({ url: server.url, output, ...changes }, secret);
      return (await openOipTeacher(squareTask, options, () => Date.now())).teacher;
    },
    notAnswers: {
      'another output': {
        outputs: [{ name: 'label', datatype: 'BYTES', shape: [1], data: ['a'] }],
      },
      'no outputs': { outputs: [] },
      'too few scores': outputsOf([1], [1, 1]),
      'too many scores': outputsOf([0.2, 0.3, 0.5], [1, 3]),
      'two rows': outputsOf([0.5, 0.5, 0.5, 0.5], [2, 2]),
      'a shape of something else': outputsOf([0.5, 0.5], [3, 2]),
      'less than its shape says': outputsOf([0.5], [1, 2]),
      'null for NaN': outputsOf([null, 0.5], [1, 2]),
      'texts for numbers': outputsOf(['0.5', '0.5'], [1, 2]),
      'no distribution': outputsOf([0.9, 0.9], [1, 2]),
      'negative probabilities': outputsOf([-1, 2], [1, 2]),
      'numbers beyond float32': outputsOf([1e300, 0], [1, 2]),
      'binary data': { outputs: [{ name: 'probabilities', shape: [1, 2], datatype: 'FP64' }] },
    },
  };
}

describeTeacher('another gateway by the Open Inference Protocol', await start());
