import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

/** Runs an id that the model does not know, and says how that ended. */
const script = `
  import { loadModel } from '${new URL('../../src/model/loaded-model.js', import.meta.url).href}';
  const support = '${new URL('../support/', import.meta.url).href}';
  const { idsOf, tensorSource } = await import(support + 'tensor-input.js');
  const { idsModel } = await import(support + 'typed-model.js');
  const model = await loadModel(tensorSource(idsModel()));
  await model.run([model.prepare(idsOf(99))]).catch(({ message }) => console.log(message));
  await model.close();
`;

describe('a run that fails', () => {
  it('is said by its error, and not by ONNX Runtime on stderr too', () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { encoding: 'utf8', timeout: 20_000 },
    );

    assert.match(stdout, /The model cannot run: .*out of data bounds/s);
    assert.equal(stderr, '');
  });
});
