import { InvalidBundleError } from '../errors.js';
import { openSession } from '../model/open-session.js';
import { signatureOf, type ModelSignature, type ModelValue } from '../model/signature.js';
import { sessionOptionsFor } from '../onnx/session-options.js';
import type { InferenceSession } from '../onnx/runtime.js';
import { bundleFormat } from '../registry/bundle.js';
import { labelsInConfig, labelsInModel } from './model-labels.js';

export type Draft =
  | { readonly manifest: Readonly<Record<string, unknown>> }
  | { readonly manifest: null; readonly problem: string };

/**
 * Guesses a manifest from what a model takes and gives, for a person to complete.
 *
 * @param file    name of the model's file.
 * @param config  the `config.json` beside it; null: there is none.
 */
export async function draftManifest(
  model: Uint8Array,
  file: string,
  config: string | null,
): Promise<Draft> {
  let session: InferenceSession;
  try {
    session = await openSession(model, sessionOptionsFor('cpu'));
  } catch (error) {
    if (!(error instanceof InvalidBundleError)) throw error;
    return { manifest: null, problem: error.message };
  }
  const signature = signatureOf(session);
  await session.release();
  const names = labelsInModel(model) ?? (config === null ? null : labelsInConfig(config));
  return {
    manifest: {
      format: bundleFormat,
      model: { file, ...outputOf(signature) },
      labels: labelsFor(scoresOf(signature), names),
      ...inputsOf(signature),
      output: { kind: /prob/i.test(scoresOf(signature)?.name ?? '') ? 'probabilities' : 'logits' },
    },
  };
}

/** The output that most likely holds a score for each label. */
function scoresOf({ outputs }: ModelSignature): ModelValue | undefined {
  const floats = outputs.filter(({ dtype }) => dtype?.startsWith('float') === true);
  return floats.find(({ shape }) => shape?.length === 2) ?? floats[0];
}

const outputOf = (signature: ModelSignature): { readonly outputName?: string } => {
  const scores = scoresOf(signature);
  return scores === undefined || signature.outputs.length === 1 ? {} : { outputName: scores.name };
};

/** @param names  that come with the model, if any: of as many as it has scores. */
function labelsFor(
  scores: ModelValue | undefined,
  names: readonly string[] | null,
): readonly string[] {
  const count = Math.max(2, scores?.shape?.at(-1) ?? names?.length ?? 2);
  if (names?.length === count) return names;
  return Array.from({ length: count }, (_, index) => `label-${index}`);
}

function inputsOf({ inputs }: ModelSignature): Readonly<Record<string, unknown>> {
  const names = inputs.map(({ name }) => name);
  if (names.includes('input_ids')) {
    const optional = (name: string): string | null => (names.includes(name) ? name : null);
    return {
      input: { kind: 'text', charsMax: 4000 },
      preprocess: {
        kind: 'tokenizer',
        file: 'tokenizer.json',
        tokensMax: 128,
        inputIds: 'input_ids',
        attentionMask: optional('attention_mask'),
        tokenTypeIds: optional('token_type_ids'),
      },
    };
  }
  const [only] = inputs;
  const axes = inputs.length === 1 ? (only?.shape?.slice(1) ?? []) : [];
  if (axes.length === 3 && (isChannels(axes[0]) || isChannels(axes[2]))) {
    const layout = isChannels(axes[0]) ? 'nchw' : 'nhwc';
    const [channels, height, width] = layout === 'nchw' ? axes : [axes[2], axes[0], axes[1]];
    const size = { width: width ?? 224, height: height ?? 224 };
    // Pixels are in [0, 1], and would be rounded to 0 and 1.
    const bytesScale = only?.dtype === 'uint8' ? { scale: 255 } : {};
    return {
      input: { kind: 'image', ...size, channels },
      preprocess: { kind: 'image', ...size, layout, ...bytesScale },
    };
  }
  return {
    input: {
      kind: 'tensor',
      tensors: inputs.map(({ name, dtype, shape }) => ({
        name,
        dtype: dtype ?? 'float32',
        shape: shape?.slice(1) ?? [],
      })),
    },
  };
}

const isChannels = (axis: number | null | undefined): boolean => axis === 1 || axis === 3;
