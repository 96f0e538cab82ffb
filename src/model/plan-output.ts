import { listWords, valueWords, type ModelSignature, type ModelValue } from './signature.js';

/** Which output holds the scores, and how a row of it is read. */
export interface OutputPlan {
  readonly name: string;
  /** One score a row, of the second of two labels. */
  readonly isBinary: boolean;
}

const scoreDtypes = ['float32', 'float16', 'float64'];

/**
 * Finds the output with a score for each label.
 *
 * @param wanted    its name in the manifest, or null: then only one output may fit.
 * @param problems  gets one sentence for each thing that does not fit.
 */
export function planOutput(
  { outputs }: ModelSignature,
  {
    wanted,
    classCount,
    novelty = null,
  }: {
    readonly wanted: string | null;
    readonly classCount: number;
    /** Name of the output with features of novelty, or null. */
    readonly novelty?: string | null;
  },
  problems: string[],
): OutputPlan {
  const others = outputs.filter(({ name }) => name !== novelty);
  const output = wanted === null ? onlyFitting(others, classCount, problems) : named();
  if (output !== undefined) explainMisfit(output, classCount, problems);
  const axes = output?.shape?.slice(1) ?? [classCount];
  const width = axes.length === 0 ? 1 : axes.at(-1)!;
  if (novelty !== null) explainNovelty(outputs, novelty, problems);
  return { name: output?.name ?? '', isBinary: width === 1 && classCount === 2 };

  function named(): ModelValue | undefined {
    const found = outputs.find(({ name }) => name === wanted);
    if (found === undefined)
      problems.push(
        `The model has no output "${wanted}". Its outputs: ${listWords(outputs)}. Mend ` +
          'model.outputName.',
      );
    return found;
  }
}

function explainNovelty(outputs: readonly ModelValue[], name: string, problems: string[]): void {
  const output = outputs.find((output) => output.name === name);
  const words = listWords(outputs);
  if (output === undefined)
    problems.push(
      `The model has no output "${name}" (calibration.novelty.output). Its outputs: ${words}.`,
    );
  else if (output.dtype !== 'float32' || (output.shape !== null && output.shape.length !== 2))
    problems.push(
      `The output ${valueWords(output)} (calibration.novelty.output) must hold float32 ` +
        '[batch, features].',
    );
}

function onlyFitting(
  outputs: readonly ModelValue[],
  classCount: number,
  problems: string[],
): ModelValue | undefined {
  if (outputs.length === 1) return outputs[0];
  const fitting = outputs.filter((output) => misfitOf(output, classCount) === null);
  if (fitting.length === 1) return fitting[0];
  const why = fitting.length === 0 ? 'none of them fits' : 'more than one of them fits';
  problems.push(
    `The manifest does not name the output with the scores (model.outputName), and ${why}. The ` +
      `outputs: ${listWords(outputs)}.`,
  );
  return undefined;
}

function explainMisfit(output: ModelValue, classCount: number, problems: string[]): void {
  const misfit = misfitOf(output, classCount);
  if (misfit !== null) problems.push(`The output ${valueWords(output)} ${misfit}`);
}

function misfitOf({ dtype, shape }: ModelValue, classCount: number): string | null {
  if (dtype === null)
    return (
      'is no tensor. Exporters of scikit-learn wrap scores in a ZipMap: export with ' +
      '"zipmap": False.'
    );
  if (!scoreDtypes.includes(dtype))
    return `holds ${dtype}, not scores: name the output with logits or probabilities.`;
  if (shape === null) return null;
  const isBinary = classCount === 2 && (shape.length === 1 || shape.at(-1) === 1);
  const width = shape.at(-1) ?? null;
  const fits = shape.length === 2 && (width === null || width === classCount);
  if (fits || (isBinary && shape.length <= 2)) return null;
  return (
    `does not hold [batch, ${classCount}], a score for each of the ${classCount} labels` +
    (classCount === 2 ? ' (or [batch, 1], a score of the second).' : '.')
  );
}
