import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import fc from 'fast-check';
import { packInputs, unpackInputs, type PackedInputs } from '../../src/model/packed-inputs.js';
import { pixelInput } from '../support/inputs.js';

/** Views that start anywhere in their buffers, as rows of the log do. */
const input = fc
  .record({ bytes: fc.uint8Array({ maxLength: 40 }), before: fc.nat({ max: 9 }) })
  .map(({ bytes, before }) => {
    const page = new Uint8Array(before + bytes.length + 3).fill(0xee);
    page.set(bytes, before);
    return page.subarray(before, before + bytes.length);
  });

describe('packed inputs', () => {
  it('come out as they went in, aligned for any element type', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 12 }), (inputs) => {
        const unpacked = unpackInputs(packInputs(inputs));

        assert.deepEqual(
          unpacked.map((bytes) => [...bytes]),
          inputs.map((bytes) => [...bytes]),
        );
        for (const { byteOffset } of unpacked) assert.equal(byteOffset % 8, 0);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('go to another thread without the memory behind them', () => {
    const page = new Uint8Array(1 << 20);
    const packed = packInputs([page.subarray(5, 15), page.subarray(100, 108)]);
    const { port1, port2 } = new MessageChannel();

    port1.postMessage(packed, [packed.bytes.buffer]);
    const { message } = receiveMessageOnPort(port2) as { message: PackedInputs };
    port1.close();

    assert.equal(message.bytes.buffer.byteLength, 16 + 8);
    assert.equal(packed.bytes.byteLength, 0); // Given away, not copied.
    assert.equal(page.length, 1 << 20);
    assert.deepEqual(
      unpackInputs(message).map(({ length }) => length),
      [10, 8],
    );
  });

  it('are copies: what the caller does to an input afterwards changes nothing', () => {
    const own = pixelInput(1, 2);

    const packed = packInputs([own]);
    own.fill(0);

    assert.deepEqual(unpackInputs(packed), [pixelInput(1, 2)]);
  });
});
