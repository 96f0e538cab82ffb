import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createKeyRing } from '../../src/keys/key-ring.js';
import { makeKey } from '../../src/keys/make-key.js';
import { apiKeyOf } from '../support/key-ring.js';

/** FIPS 180-4, SHA-256 of "abc": the example of the standard. */
const abc = apiKeyOf('alphabet', {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
});
const other = apiKeyOf('other');

describe('a key ring', () => {
  it('knows a key by its SHA-256, and no other text', () => {
    const ring = createKeyRing([other, abc]);

    assert.equal(ring.find('abc'), abc);
    assert.equal(ring.find('other'), other);
    for (const strange of ['', 'ab', 'abcd', 'ABC', abc.sha256, 'alphabet'])
      assert.equal(ring.find(strange), null);
  });

  it('hashes a key that it knows once, however often it comes', () => {
    let hashed = 0;
    const ring = createKeyRing([abc, other], (text) => {
      hashed++;
      return hash('sha256', text, 'buffer');
    });

    for (let k = 0; k < 5; k++) assert.equal(ring.find('abc'), abc);
    assert.equal(hashed, 1);
    for (let k = 0; k < 5; k++) assert.equal(ring.find('nobody'), null);
    assert.equal(hashed, 6); // What is not known is not remembered: it would have no end.
  });

  it('forgets a key that is taken away, also one that has been used', () => {
    const ring = createKeyRing([abc]);
    assert.equal(ring.find('abc'), abc);

    ring.replace([other]);

    assert.equal(ring.find('abc'), null);
    assert.equal(ring.find('other'), other);
    assert.equal(ring.all().length, 1);
  });
});

describe('a key that is made', () => {
  it('is known by its hash, and is another one each time', () => {
    const made = Array.from({ length: 20 }, makeKey);

    assert.equal(new Set(made.map(({ key }) => key)).size, 20);
    for (const { key, sha256 } of made) {
      assert.match(key, /^understudy_[\w-]{43}$/); // 32 bytes.
      assert.ok(createKeyRing([apiKeyOf('made', { sha256 })]).find(key));
    }
  });
});
