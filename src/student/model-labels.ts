import { isObject } from '../files/is-object.js';
import { decodeModel } from '../onnx/decoded-model.js';

/**
 * Finds the names of the labels in a classifier that was exported from scikit-learn and the like:
 * its last node of ONNX-ML that names classes.
 *
 * @returns null where none does, or the model can not be read.
 */
export function labelsInModel(model: Uint8Array): readonly string[] | null {
  let nodes;
  try {
    nodes = decodeModel(model).graph?.node ?? [];
  } catch {
    return null;
  }
  for (const { domain, attribute } of nodes.toReversed()) {
    const named = domain === 'ai.onnx.ml' ? attribute : [];
    for (const { name, strings, ints } of named) {
      if (!name.startsWith('classlabels_')) continue;
      const labels = strings.length > 0 ? strings.map(textOf) : ints.map(String);
      if (labels.length > 1) return labels;
    }
  }
  return null;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/**
 * Reads the names of the labels in the `config.json` that Hugging Face keeps beside a model.
 *
 * @returns null where it has none (`id2label`), or is no JSON.
 */
export function labelsInConfig(config: string): readonly string[] | null {
  let read: unknown;
  try {
    read = JSON.parse(config);
  } catch {
    return null;
  }
  const byId = isObject(read) && isObject(read['id2label']) ? read['id2label'] : {};
  const labels = Object.keys(byId).map((_, index) => byId[index]);
  const isWhole = labels.length > 1 && labels.every((label) => typeof label === 'string');
  return isWhole ? labels : null;
}
