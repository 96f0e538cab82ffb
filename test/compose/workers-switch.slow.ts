import { join } from 'node:path';
import { describe, it } from 'node:test';
import { changeUnderLoad, startTwo } from '../support/switched-workers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a hundred changes of the student, with two workers', () => {
  it('fail no request, split none, and hold for all that come after their answers', async () => {
    await changeUnderLoad(await startTwo(join(directory, 'switched')), 100);
  });
});
