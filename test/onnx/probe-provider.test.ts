import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { probeProvider } from '../../src/onnx/probe-provider.js';
import { createProviderProber } from '../../src/onnx/provider-prober.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

describe('probeProvider', { timeout: 60_000 }, () => {
  const directory = temporaryDirectory();
  let written = 0;
  /** A process that does what `source` says in the place of the real probe. */
  const entryThat = (source: string): string => {
    const entry = join(directory, `probe-${written++}.mjs`);
    writeFileSync(entry, source);
    return entry;
  };
  const probe = (source: string, timeoutMs = 20_000) =>
    createProviderProber({ entry: entryThat(source), timeoutMs }).probe('cuda');

  it('finds that a provider works whose probe says so, whatever it does then', async () => {
    assert.equal(await probe("process.send({ kind: 'works' })"), null);
    assert.equal(await probe("process.send({ kind: 'works' }, () => process.abort())"), null);
    const hanging = "process.send({ kind: 'works' }); setInterval(() => {}, 1e3)";
    assert.equal(await probe(hanging, 600_000), null);
  });

  it('names the provider to the probe', async () => {
    const why = await probe("process.send({ kind: 'failed', reason: process.argv[2] })");

    assert.match(why!, /^cuda cannot be used: its probe failed with "cuda"\. It needs Linux x64/);
  });

  it('says that a probe was killed, and outlives it', async () => {
    const why = await probe("console.error('cuDNN is broken'); process.abort()");

    assert.match(
      why!,
      /ended by SIGABRT, as the gateway would have been, saying "cuDNN is broken"/,
    );
  });

  it('says how a probe ended that gave no answer, with its last words', async () => {
    const why = await probe("console.error('no\\n\\u001b[31mkernel image'); process.exitCode = 3");

    assert.match(
      why!,
      /ended with code 3 and without an answer, saying "no kernel image"\. It needs/,
    );
    assert.match((await probe(''))!, /ended with code 0 and without an answer\. It needs/);
  });

  it('shows the end of what a probe says at length', async () => {
    const why = await probe("console.error('x'.repeat(9e4) + ' the end'); process.exitCode = 1");

    assert.match(why!, /saying "\.\.\.x{292} the end"/);
  });

  it('gives up on a probe that hangs, and ends it', async () => {
    const why = await probe('console.error(process.pid); setInterval(() => {}, 1e3)', 1500);

    const [, pid] = /no answer within 1500 ms, saying "(\d+)"\. The driver may hang/.exec(why!)!;
    await until('the probe is gone', () => {
      try {
        return !process.kill(Number(pid), 0);
      } catch {
        return true;
      }
    });
  });

  it('believes a failure that it has heard, though the probe hangs afterwards', async () => {
    const source = "process.send({ kind: 'failed', reason: 'no GPU' }); setInterval(() => {}, 1e3)";

    assert.match((await probe(source, 1500))!, /its probe failed with "no GPU"/);
  });

  it('says that a message is none that it knows', async () => {
    for (const message of ["'hello'", '{ kind: "failed" }', 'null', '["works"]'])
      assert.match(
        (await probe(`process.send(${message})`))!,
        /its probe sent .+, expected \{"kind":"works"\}: .* Build it again\.$/,
      );
  });

  it('names the library that is missing, which stderr alone knows, and its source', async () => {
    const missing = (library: string) =>
      probe(`
        process.send({ kind: 'failed', reason: 'Failed to load shared library' });
        setTimeout(() => console.error(
          'Failed to load library /a/libonnxruntime_providers_cuda.so with error: ${library}: ' +
          'cannot open shared object file: No such file or directory'), 50)`);

    const withoutCuda = await missing('/a/libonnxruntime_providers_shared.so');
    assert.match(
      withoutCuda!,
      /: libonnxruntime_providers_shared\.so is missing: .* without CUDA\./,
    );
    assert.match(
      withoutCuda!,
      /ONNXRUNTIME_NODE_INSTALL=cuda12 node .*install\.js .*--target cuda/,
    );
    assert.match((await missing('libcudnn.so.9'))!, /: libcudnn\.so\.9 is missing\. Install it or/);
    assert.match(
      (await missing('libcuda.so.1'))!,
      / libcuda\.so\.1 is missing\. It needs .*--gpus/,
    );
  });

  it("shows of ONNX Runtime's message the part that CUDA has written", async () => {
    const reason =
      '/src/cuda_call.cc:146 onnxruntime::CudaCall(ERRTYPE) CUDA failure 35: CUDA driver version ' +
      'is insufficient for CUDA runtime version ; GPU=-1 ; hostname=vm ; expr=cudaSetDevice(0); ';

    const why = await probe(`process.send({ kind: 'failed', reason: ${JSON.stringify(reason)} })`);

    assert.match(
      why!,
      /with "CUDA failure 35: CUDA driver .* for CUDA runtime version"\. It needs/,
    );
  });

  it('says that no process can be started', async () => {
    const options = { entry: entryThat(''), timeoutMs: 20_000 };
    const { execPath } = process;
    process.execPath = join(directory, 'no-node-here');
    try {
      assert.match(
        (await createProviderProber(options).probe('cuda'))!,
        /no process can be started to probe it \(.*ENOENT.*\)\. Allow the gateway more processes/,
      );
    } finally {
      process.execPath = execPath;
    }
  });

  it('tries a provider once, however many ask', async () => {
    const entry = entryThat("process.send({ kind: 'failed', reason: `pid ${process.pid}` })");
    const prober = createProviderProber({ entry });

    const [first, second] = await Promise.all([prober.probe('cuda'), prober.probe('cuda')]);

    assert.match(first!, /"pid \d+"/);
    assert.equal(second, first);
    assert.equal(await prober.probe('cuda'), first);
    assert.notEqual(await prober.probe('dml'), first);
  });

  it('takes a provider that leaves the work to the CPU for one that fails', async () => {
    const entry = fileURLToPath(new URL('../../src/onnx/probe-process.js', import.meta.url));

    const failure = await probeProvider('cpu', { entry, timeoutMs: 30_000 });

    assert.equal(failure?.kind, 'failed');
    assert.match(failure.reason, /fallback to CPU EP has been explicitly disabled/);
  });

  it('says that a provider is not there for this platform', { timeout: 60_000 }, async () => {
    const provider = process.platform === 'darwin' ? 'dml' : 'coreml';

    const why = await createProviderProber().probe(provider);

    assert.match(why!, new RegExp(`onnxruntime-node for \\w+ \\w+ has cpu,.* and no ${provider}"`));
  });
});
