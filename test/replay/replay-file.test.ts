import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { replayFile } from '../../src/replay/replay-file.js';
import { ReplayFailedError } from '../../src/replay/replay-failed-error.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a replay whose gateway does not start', () => {
  it('says so in words, and with what code it ended', async () => {
    const workDir = temporaryDirectory();
    const entry = join(workDir, 'ends.mjs');
    writeFileSync(entry, 'process.exit(3);\n');

    const replayed = replayFile({
      spec: { name: 'any', input: { kind: 'text', charsMax: 9 }, labels: ['a', 'b'] },
      ...{ rows: [], taskFile: {}, teacherLabels: [], seed: 1, workDir, entry, env: process.env },
      signal: new AbortController().signal,
      ...{ onMark() {}, onRun() {}, onEvent() {} },
    });

    await assert.rejects(replayed, (error) => {
      assert.ok(error instanceof ReplayFailedError);
      assert.match(error.message, /did not start: The gateway ended with 3 at its start\. /);
      return true;
    });
  });
});
