import type { StudentModel } from '../student-model.js';
import type { TransformerStudent } from './train-transformer.js';
import { multiplyAddsOf } from './transformer-graph.js';

/** A trained transformer as a bundle holds it: the model, and its tokenizer beside it. */
export function transformerModel(student: TransformerStudent): StudentModel {
  const { onnx, size, tokenizer, parameters } = student;
  const { layers, width, heads, pieces, tokensMax } = size;
  return {
    onnx,
    inputName: null,
    preprocess: tokenizer.preprocess,
    files: new Map([[tokenizer.preprocess.file, tokenizer.file]]),
    novelty: null,
    parameters,
    multiplyAdds: multiplyAddsOf(size, tokensMax),
    description: `transformer ${layers} x ${width}, ${heads} heads, ${pieces} pieces`,
  };
}
