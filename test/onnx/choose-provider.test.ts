import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseProvider } from '../../src/onnx/choose-provider.js';
import type { Accelerator } from '../../src/onnx/execution-provider.js';
import { createProviderProber, type ProviderProber } from '../../src/onnx/provider-prober.js';

const proberOf = (whys: Partial<Record<Accelerator, string | null>>): ProviderProber => ({
  probe: async (provider) => {
    const why = whys[provider];
    if (why === undefined) throw new Error(`${provider} is not to be probed`);
    return why;
  },
});

describe('chooseProvider', () => {
  it('takes the first that works, and probes none after it', async () => {
    const prober = proberOf({ cuda: 'No GPU.', webgpu: null });

    const choice = await chooseProvider(['cuda', 'webgpu', 'dml', 'cpu'], prober);

    assert.deepEqual(choice, {
      provider: 'webgpu',
      refused: [{ provider: 'cuda', why: 'No GPU. Used instead: webgpu.' }],
    });
  });

  it('probes nothing when the CPU comes first', async () => {
    const choice = await chooseProvider(['cpu', 'cuda'], proberOf({}));

    assert.deepEqual(choice, { provider: 'cpu', refused: [] });
  });

  it('comes to the CPU when nothing wanted works, whether it is in the list or not', async () => {
    const prober = proberOf({ cuda: 'No GPU.', dml: 'No Windows.' });
    const expected = {
      provider: 'cpu',
      refused: [
        { provider: 'cuda', why: 'No GPU. Used instead: cpu.' },
        { provider: 'dml', why: 'No Windows. Used instead: cpu.' },
      ],
    };

    assert.deepEqual(await chooseProvider(['cuda', 'dml', 'cpu'], prober), expected);
    assert.deepEqual(await chooseProvider(['cuda', 'dml', 'cuda'], prober), expected);
    assert.deepEqual(await chooseProvider([], prober), { provider: 'cpu', refused: [] });
  });

  it('says on this machine what is missing for each provider', { timeout: 60_000 }, async (t) => {
    const { provider, refused } = await chooseProvider(['cuda', 'cpu'], createProviderProber());
    if (provider === 'cuda') return void t.skip('This machine has CUDA.');

    const [refusal] = refused;
    assert.equal(provider, 'cpu');
    assert.equal(refusal?.provider, 'cuda');
    assert.match(refusal.why, /^cuda cannot be used: .*(missing|has .* no cuda|failed with).*\. /);
    assert.match(refusal.why, / Used instead: cpu\.$/);
  });
});
