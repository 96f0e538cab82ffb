import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidInputError, NotFoundError } from '../../src/errors.js';
import { findVersion } from '../../src/registry/find-version.js';

const versions = ['v12-2f000000', 'v2-1b000000', 'v2-1a000000', 'v1-1a000000'];

describe('a version that somebody types', () => {
  for (const [typed, found] of [
    ['v12-2f000000', 'v12-2f000000'],
    ['v12', 'v12-2f000000'],
    ['v1', 'v1-1a000000'],
    ['v2-1b', 'v2-1b000000'],
  ] as const)
    it(`may be ${typed}`, () => {
      assert.equal(findVersion(versions, typed), found);
    });

  it('must be one alone', () => {
    for (const typed of ['v2', 'v2-1'])
      assert.throws(
        () => findVersion(versions, typed),
        (error: Error) =>
          error instanceof InvalidInputError &&
          error.message === `"${typed}" may be any of v2-1b000000, v2-1a000000: name one in full.`,
      );
  });

  it('must be there', () => {
    for (const typed of ['v3', '', 'v', '2', 'v2-1c'])
      assert.throws(
        () => findVersion(versions, typed),
        (error: Error) =>
          error instanceof NotFoundError &&
          error.message === `There is no student ${typed}. Versions: ${versions.join(', ')}.`,
      );
  });
});
