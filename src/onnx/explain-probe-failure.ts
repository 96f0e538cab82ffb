import type { Accelerator } from './execution-provider.js';

/** How a probe has ended that found no working provider. */
export type ProbeFailure =
  | { readonly kind: 'failed'; readonly reason: string; readonly lastWords: string }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly lastWords: string }
  | { readonly kind: 'exited'; readonly code: number; readonly lastWords: string }
  | { readonly kind: 'hung'; readonly timeoutMs: number; readonly lastWords: string }
  | { readonly kind: 'garbage'; readonly got: string }
  | { readonly kind: 'unstartable'; readonly reason: string };

/** What each provider needs, where nothing closer to the cause is known. */
const needs: Readonly<Record<Accelerator, string>> = {
  cuda:
    'It needs Linux x64, CUDA 13, cuDNN 9 and an NVIDIA driver for them: nvidia-smi must list ' +
    'the GPU, in Docker with --gpus all.',
  dml: 'It needs Windows and a GPU with a driver for DirectX 12.',
  coreml: 'It needs macOS.',
  webgpu: 'It needs a GPU with a driver for Vulkan, Metal or Direct3D 12.',
};

const installCuda =
  'Run ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js on a ' +
  'machine with CUDA 13 and cuDNN 9 (the flag has kept its name), or build the image with ' +
  '--target cuda.';

/** Says what is wrong with a provider, what was expected, and what to change, in full sentences. */
export function explainProbeFailure(provider: Accelerator, failure: ProbeFailure): string {
  return `${provider} cannot be used: ${explain(provider, failure)}`;
}

function explain(provider: Accelerator, failure: ProbeFailure): string {
  switch (failure.kind) {
    case 'failed':
      return (
        explainMissing(provider, failure.lastWords) ??
        `its probe failed with "${endOf(failure.reason)}"${saying(failure)}. ${needs[provider]}`
      );
    case 'killed':
      return (
        `its probe was ended by ${failure.signal}, as the gateway would have been` +
        `${saying(failure)}. Driver and libraries may not fit each other. ${needs[provider]}`
      );
    case 'exited':
      return (
        `its probe ended with code ${failure.code} and without an answer${saying(failure)}. ` +
        needs[provider]
      );
    case 'hung':
      return (
        `its probe gave no answer within ${failure.timeoutMs} ms${saying(failure)}. The driver ` +
        `may hang, and restarting the machine help. ${needs[provider]}`
      );
    case 'garbage':
      return (
        `its probe sent ${endOf(failure.got)}, expected {"kind":"works"}: the program's files ` +
        'are of different versions. Build it again.'
      );
    case 'unstartable':
      return (
        `no process can be started to probe it (${endOf(failure.reason)}). Allow the gateway ` +
        'more processes, memory or open files.'
      );
  }
}

/** The error says only that something was not loaded; what it was is in ONNX Runtime's log. */
function explainMissing(provider: Accelerator, lastWords: string): string | null {
  const [, library] = /([^\s/:]+\.so[.\d]*): cannot open shared object/.exec(lastWords) ?? [];
  if (library === undefined) return null;
  if (library.startsWith('libonnxruntime_providers_'))
    return `${library} is missing: this installation was made without CUDA. ${installCuda}`;
  // It comes with the driver, not with CUDA: no path leads to it.
  if (library.startsWith('libcuda.so')) return `${library} is missing. ${needs[provider]}`;
  const advice = 'Install it or name its folder in LD_LIBRARY_PATH.';
  return `${library} is missing. ${advice} ${needs[provider]}`;
}

const saying = ({ lastWords }: { readonly lastWords: string }): string =>
  lastWords.trim() === '' ? '' : `, saying "${endOf(lastWords)}"`;

const shownChars = 300;
const colours = new RegExp(String.raw`\u001b\[[\d;]*m`, 'g');

/**
 * The telling part of a text, on one line. Causes come last in ONNX Runtime's messages; a failure
 * of CUDA has places in its source around it, and Node adds its stack when it aborts.
 */
function endOf(text: string): string {
  const told = /CUDA failure \d+: [^;]*/.exec(text)?.[0] ?? text.split('----- Native stack')[0]!;
  const line = told.replace(colours, '').replace(/\s+/g, ' ').trim();
  return line.length <= shownChars ? line : `...${line.slice(-shownChars)}`;
}
