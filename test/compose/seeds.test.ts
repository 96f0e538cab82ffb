import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { keepSeedHashes } from '../../src/compose-seeds.js';
import { InvalidConfigError } from '../../src/errors.js';
import { canBeHoldout, createDrawRow } from '../../src/serving/draw-row.js';
import { encodeText } from '../../src/task/text-codec.js';

const holdoutKey = new Uint8Array(32).fill(7);
const [first, second, other] = ['first', 'second', 'other'].map(encodeText);
const dir = mkdtempSync(join(tmpdir(), 'understudy-test-seeds-'));
after(() => rmSync(dir, { recursive: true, force: true }));

describe('the inputs of a seed file', () => {
  it('never become holdout rows, not even after they were taken out of the file', async () => {
    await keepSeedHashes({ dir, holdoutKey }, [first!, second!]);
    const shrunk = await keepSeedHashes({ dir, holdoutKey }, [second!]);
    const none = await keepSeedHashes({ dir, holdoutKey }, []);

    const draw = createDrawRow(holdoutKey, none);
    assert.deepEqual(
      [first!, second!, other!].map((input) => canBeHoldout(draw(input))),
      [false, false, true],
    );
    assert.deepEqual(none, shrunk);
    assert.equal(none.size, 2);
  });

  it('are not forgotten where their file cannot be read', async () => {
    writeFileSync(join(dir, 'seeds.json'), '{"not": "a list"}');

    await assert.rejects(keepSeedHashes({ dir, holdoutKey }, [first!]), InvalidConfigError);
  });
});
