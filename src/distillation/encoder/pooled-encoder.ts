import { InvalidBundleError } from '../../errors.js';
import { Feeder } from '../../model/feeder.js';
import { openSession } from '../../model/open-session.js';
import { planInputs } from '../../model/plan-inputs.js';
import { listWords, signatureOf, valueWords, type ModelValue } from '../../model/signature.js';
import { Graph } from '../../onnx/graph.js';
import { opsetOf, type OnnxModel } from '../../onnx/decoded-model.js';
import * as op from '../../onnx/operators.js';
import { sessionOptions } from '../../onnx/session-options.js';
import { openPreprocessor } from '../../preprocess/open-preprocessor.js';
import { exampleInput } from '../../task/example-input.js';
import type { InputSpec } from '../../task/task.js';
import { continuationOpsetMin, joinGraph } from '../join-graph.js';
import type { Encoder } from './read-encoder.js';

export interface PooledEncoder {
  readonly model: OnnxModel;
  /** Name of its output [batch, width] float32. */
  readonly embedding: string;
  readonly width: number;
}

/** What is taken where several outputs could be: those of sentence encoders, then of any. */
const usualOutputs = ['sentence_embedding', 'last_hidden_state', 'token_embeddings'];
const floats = ['float32', 'float16', 'float64'];

/**
 * Makes an encoder give one vector a row: its output [batch, width] as it is, or the mean of
 * [batch, tokens, width] over the tokens that the attention mask lets in.
 *
 * @throws {InvalidBundleError} when it can not be used; says why.
 * @see Reimers & Gurevych 2019, "Sentence-BERT", §3, arXiv:1908.10084 (the mean was the best)
 */
export async function pooledEncoder(encoder: Encoder, input: InputSpec): Promise<PooledEncoder> {
  requireOpset(encoder);
  const { value, dims } = await tryOut(encoder, input);
  // Types of what comes in are not written down here: the casts take any.
  const graph = new Graph();
  const [batch, sequence, width] = ['batch', 'sequence', dims.at(-1)!] as const;
  const inputs: Record<string, string> = { output: value.name };
  if (dims.length === 2) {
    const output = graph.input('output', [batch, width]);
    graph.output('embedding', op.toFloat32(graph, output));
  } else {
    inputs['mask'] = maskOf(encoder, value);
    const tokens = op.toFloat32(graph, graph.input('output', [batch, sequence, width]));
    const lets = op.toFloat32(graph, graph.input('mask', [batch, sequence], 'int64'));
    const asRow = op.int64s(graph, [0, 1, -1]); // 0: as many as there are.
    const row = graph.apply('Reshape', [lets, asRow], [batch, 1, sequence]);
    const attributes = { axis: { int: -1 }, p: { int: 1 } };
    const shares = graph.apply('LpNormalization', [row], row.shape, attributes);
    const mean = graph.apply('MatMul', [shares, tokens], [batch, 1, width]);
    graph.output('embedding', op.reshape(graph, mean, [batch, width]));
  }
  const { model, prefix } = joinGraph(encoder.model, { graph, inputs, prefix: 'pool/' });
  return { model, embedding: `${prefix}embedding`, width };
}

function requireOpset({ model, name }: Encoder): void {
  const opset = opsetOf(model);
  if (opset >= continuationOpsetMin) return;
  throw new InvalidBundleError(
    `The encoder ${name} is of opset ${opset}, a head goes on ${continuationOpsetMin} and later ` +
      'ones: export it again.',
  );
}

/** Runs the encoder once: the shape of its output is what came out. */
async function tryOut(
  encoder: Encoder,
  input: InputSpec,
): Promise<{ readonly value: ModelValue; readonly dims: readonly number[] }> {
  const { name, bytes, preprocess, files } = encoder;
  const session = await openSession(bytes, sessionOptions).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBundleError(`The encoder ${name}: ${reason}`, {}, { cause });
  });
  try {
    const signature = signatureOf(session);
    const imageInputName = encoder.inputName ?? signature.inputs[0]?.name ?? 'input';
    const preprocessor = await openPreprocessor(input, preprocess, { files, imageInputName });
    const example = preprocessor.prepare(exampleInput(input));
    const problems: string[] = [];
    const isRaw = input.kind === 'tensor';
    const { dtypes, fixedRows } = planInputs(signature, { row: example, isRaw }, problems);
    if (problems.length > 0)
      throw new InvalidBundleError(`The encoder ${name} can not be fed: ${problems.join(' ')}`);
    const value = chosenOutput(encoder, signature.outputs);
    const { tensors, release } = new Feeder(dtypes).feed([example], fixedRows ?? 1);
    const results = await session.run(tensors, [value.name]).catch((cause: unknown) => {
      throw new InvalidBundleError(`The encoder ${name} can not run: ${String(cause)}`);
    });
    release();
    const { dims } = results[value.name]!;
    if (dims.length === 2 || dims.length === 3) return { value, dims };
    throw new InvalidBundleError(
      `The output ${value.name} of the encoder ${name} has shape [${dims.join()}]: a head goes ` +
        'on [batch, width] or [batch, tokens, width]. Name another one (model.outputName).',
    );
  } finally {
    await session.release();
  }
}

function chosenOutput({ name, outputName }: Encoder, outputs: readonly ModelValue[]): ModelValue {
  const fitting = outputs.filter(({ dtype }) => floats.includes(dtype ?? ''));
  const named = (wanted: string) => fitting.find((value) => value.name === wanted);
  const usual = usualOutputs.map(named).find((value) => value !== undefined);
  const only = fitting.length === 1 ? fitting[0] : undefined;
  const chosen = outputName === null ? (only ?? usual) : named(outputName);
  if (chosen !== undefined) return chosen;
  const why =
    outputName === null ? 'which of its outputs is the embedding' : `no output ${outputName}`;
  throw new InvalidBundleError(
    `The encoder ${name} ${outputName === null ? 'does not say' : 'has'} ${why} of floats. Its ` +
      `outputs: ${listWords(outputs)}. Name one in a manifest.json beside it: ` +
      '{"model": {"outputName": "..."}}.',
  );
}

function maskOf({ name, preprocess }: Encoder, value: ModelValue): string {
  const mask = preprocess.kind === 'tokenizer' ? preprocess.attentionMask : null;
  if (mask === null)
    throw new InvalidBundleError(
      `The output ${valueWords(value)} of the encoder ${name} has a vector for each token, and ` +
        'no attention mask says which count: export the encoder with one, or with its pooling.',
    );
  return mask;
}
