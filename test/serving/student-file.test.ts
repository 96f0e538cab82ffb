import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NotFoundError } from '../../src/errors.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readManifest } from '../../src/registry/read-bundle.js';
import { studentFile } from '../../src/serving/student-file.js';

const dir = join(repositoryRoot(), 'models', 'digits', 'student');
const own = await readManifest(dir);
const fileOf = (file: string) => ({ file, sha256: '0'.repeat(64), bytes: 1 });
const manifest = {
  ...own,
  files: [fileOf('tokenizer.json'), fileOf('recorded.json')],
  recorded: 'recorded.json',
};
const registry = { read: async () => ({ dir, manifest, evaluation: null }) };
const pathOf = (file: string): Promise<string> =>
  studentFile(registry, { version: own.version, file });

describe('the files of a version', () => {
  it('are its manifest, its model, and what its preprocessing needs', async () => {
    for (const file of ['manifest.json', 'model.onnx', 'tokenizer.json'])
      assert.equal(await pathOf(file), join(dir, file));
  });

  it('are not its recorded answers, with inputs of callers, nor anything else there', async () => {
    for (const file of ['recorded.json', 'evaluation.json', '../task.yaml', '', 'MANIFEST.JSON'])
      await assert.rejects(pathOf(file), (error) => {
        assert.ok(error instanceof NotFoundError);
        assert.match(error.message, /It gives manifest\.json, model\.onnx, tokenizer\.json\.$/);
        return true;
      });
  });
});
