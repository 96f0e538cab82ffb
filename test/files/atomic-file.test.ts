import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { StorageFailedError } from '../../src/errors.js';
import { writeSynced, writeWhole } from '../../src/files/atomic-file.js';
import { writeParquet, type ParquetColumn } from '../../src/files/parquet-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Of Linux: each write to it finds the disk full. */
const full = '/dev/full';

describe('a file that can not be written', { skip: !existsSync(full) }, () => {
  const column: ParquetColumn = { name: 'text', type: 'STRING', data: ['a'] };
  const writes = {
    'at once': () => writeWhole(full, 'text'),
    'to the disk': () => writeSynced(full, 'text'),
    'as Parquet': () => writeParquet(full, [column]),
  };
  for (const [how, write] of Object.entries(writes))
    it(`is named where the disk is full: ${how}`, async () => {
      await assert.rejects(write, (error: Error) => {
        assert.ok(error instanceof StorageFailedError);
        assert.match(error.message, /^\/dev\/full could not be written \(ENOSPC: .*\)\. Make room/);
        return true;
      });
    });

  it('is named once where the system does it itself', async () => {
    const path = join(temporaryDirectory(), 'nowhere', 'file');

    await assert.rejects(writeWhole(path, 'text'), { code: 'ENOENT', path });
  });
});
