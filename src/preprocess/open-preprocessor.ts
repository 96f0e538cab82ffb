import { InvalidBundleError } from '../errors.js';
import type { ImageInput, TensorInput, TextInput } from '../task/task.js';
import { createHashedNgramsPreprocessor } from './hashed-ngrams.js';
import { createImagePreprocessor } from './image.js';
import type { PreprocessSpec, TokenizerPreprocess } from './preprocess-spec.js';
import type { Preprocessor } from './preprocessor.js';
import { createTensorPreprocessor } from './tensors.js';

export interface OpenPreprocessorOptions {
  /** Of the bundle, by the names that the manifest gives them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Input of the model that takes the image. */
  readonly imageInputName: string;
}

/**
 * Opens what turns a task's inputs into the tensors of one model.
 *
 * @param input  what the task takes.
 * @param spec   `preprocess` of the bundle's manifest.
 * @throws {InvalidBundleError} when the two do not fit, or a file that `spec` names is not in the
 *                              bundle or of no use.
 */
export async function openPreprocessor(
  input: ImageInput | TextInput | TensorInput,
  spec: PreprocessSpec,
  { files, imageInputName }: OpenPreprocessorOptions,
): Promise<Preprocessor> {
  switch (spec.kind) {
    case 'image':
      if (input.kind !== 'image') break;
      return createImagePreprocessor(input, spec, imageInputName);
    case 'hashed-ngrams':
      if (input.kind !== 'text') break;
      return createHashedNgramsPreprocessor(spec);
    case 'tokenizer': {
      if (input.kind !== 'text') break;
      // Its libraries take a tenth of a second to load, in the thread of every model.
      const { createTokenizerPreprocessor } = await import('./tokenizer.js');
      return createTokenizerPreprocessor(spec, tokenizerFiles(spec, files));
    }
    case 'tensor':
      if (input.kind !== 'tensor') break;
      return createTensorPreprocessor(input);
  }
  throw new InvalidBundleError(
    `The preprocessing "${spec.kind}" can not take the task's inputs, of kind "${input.kind}". ` +
      `Name one of ${kindsFor[input.kind].join(', ')} in the manifest, or mend the task file.`,
    { preprocess: spec.kind, input: input.kind },
  );
}

const kindsFor: Readonly<Record<'image' | 'text' | 'tensor', readonly PreprocessSpec['kind'][]>> = {
  image: ['image'],
  text: ['hashed-ngrams', 'tokenizer'],
  tensor: ['tensor'],
};

function tokenizerFiles(
  { file, configFile }: TokenizerPreprocess,
  files: OpenPreprocessorOptions['files'],
): { readonly tokenizer: unknown; readonly config: unknown } {
  return {
    tokenizer: readJson(file, files),
    config: configFile === null ? null : readJson(configFile, files),
  };
}

function readJson(name: string, files: OpenPreprocessorOptions['files']): unknown {
  const bytes = files.get(name);
  if (bytes === undefined)
    throw new InvalidBundleError(`The preprocessing needs ${name}, which is not in the bundle.`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBundleError(`${name} is no JSON: ${reason}`, {}, { cause });
  }
}
