/**
 * What a model may run on, of what onnxruntime-node 1.30 has: `cuda` on Linux x64, `dml` on
 * Windows, `coreml` on macOS, `webgpu` (experimental) on all but Linux arm64, `cpu` everywhere.
 * TensorRT is left out: it builds an engine for each new size of a batch, which holds a request up
 * for seconds or minutes.
 */
export const executionProviders = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'] as const;

export type ExecutionProvider = (typeof executionProviders)[number];

/** The providers that may be broken on a machine, and are probed before they are used. */
export type Accelerator = Exclude<ExecutionProvider, 'cpu'>;
