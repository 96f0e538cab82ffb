import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidConfigError } from '../../src/errors.js';
import { parseKeys } from '../../src/keys/api-key.js';

const sha256 = 'ab'.repeat(32);
const valid = { name: 'shop', sha256, scopes: ['predict'] };

describe('a keys file', () => {
  it('says for whom a key is, what it may do and spend, and on which tasks', () => {
    const other = { name: 'Ops.2', sha256: '0'.repeat(64), scopes: ['read', 'operate'] };

    const keys = parseKeys(
      [
        { ...valid, usdPerHour: 2 },
        { ...other, tasks: ['digits'] },
      ],
      'keys.yaml',
    );

    assert.deepEqual(keys, [
      { ...valid, tasks: null, usdPerHour: 2 },
      { ...other, tasks: ['digits'], usdPerHour: null },
    ]);
  });

  const wrong: readonly [what: string, content: unknown, problem: RegExp][] = [
    ['nothing', null, /keys\.yaml has problems:\n- \(top level\): .*expected array/],
    ['no key', [], /\(top level\): Too small/],
    ['too many keys', Array.from({ length: 257 }, () => valid), /\(top level\): Too big/],
    ['a key itself', [{ ...valid, key: 'k' }], /- 0: Unrecognized key: "key"/],
    [
      'a hash that is none',
      [{ ...valid, sha256: 'AB'.repeat(32) }],
      /0\.sha256: must be 64 digits/,
    ],
    ['no scope', [{ ...valid, scopes: [] }], /0\.scopes: Too small/],
    [
      'a scope that there is not',
      [{ ...valid, scopes: ['admin'] }],
      /0\.scopes\.0: Invalid option/,
    ],
    ['no task', [{ ...valid, tasks: [] }], /0\.tasks: Too small/],
    ['no money at all', [{ ...valid, usdPerHour: 0 }], /0\.usdPerHour: Too small/],
    ['all tasks said as null', [{ ...valid, tasks: null }], /0\.tasks: Invalid input/],
    ['a name with a slash', [{ ...valid, name: 'a/b' }], /0\.name: use A-Z/],
    [
      'one name twice',
      [valid, { ...valid, sha256: '0'.repeat(64) }],
      /1\.name: is that of entry 0, too/,
    ],
    ['one key twice', [valid, { ...valid, name: 'b' }], /1\.sha256: is that of entry 0, too/],
  ];
  for (const [what, content, problem] of wrong)
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parseKeys(content, 'keys.yaml'),
        (error) => {
          assert.ok(error instanceof InvalidConfigError);
          assert.match(error.message, problem);
          assert.match(error.message, /understudy key NAME/);
          return true;
        },
      );
    });

  it('has all of its problems told together', () => {
    assert.throws(
      () => parseKeys([{ ...valid, name: '', scopes: ['x'] }], 'keys.yaml'),
      /\n- 0\.name: .*\n- 0\.scopes\.0: /,
    );
  });
});
