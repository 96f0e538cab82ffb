import { ConflictError } from '../../errors.js';
import type { TaskSpec } from '../../task/task.js';
import type { AnswerJson } from '../api-types.js';
import type { ParsedInfer } from './parse-infer.js';

/**
 * Writes answers as the outputs of an inference response.
 *
 * @throws {ConflictError} when probabilities are asked for, and a teacher has answered without any.
 */
export function inferAnswer(
  answers: readonly AnswerJson[],
  { id, outputs }: Pick<ParsedInfer, 'id' | 'outputs'>,
  { name, labels }: Pick<TaskSpec, 'name' | 'labels'>,
): object {
  const rows = answers.length;
  const texts = (field: 'label' | 'id' | 'route' | 'reason') => ({
    ...{ name: field, datatype: 'BYTES', shape: [rows] },
    data: answers.map((answer) => answer[field]),
  });
  const isWhole = answers.every(({ probabilities }) => probabilities !== undefined);
  const probabilities = () => ({
    ...{ name: 'probabilities', datatype: 'FP64', shape: [rows, labels.length] },
    data: answers.flatMap((answer) => labels.map((label) => answer.probabilities![label])),
  });
  const wanted = outputs ?? ['label', ...(isWhole ? ['probabilities'] : []), ...provenance];
  if (wanted.includes('probabilities') && !isWhole)
    throw new ConflictError(
      'The teacher of these rows gives labels alone: ask for the output label.',
      {},
      { isRetryable: false },
    );
  return {
    model_name: name,
    ...(id === null ? {} : { id }),
    outputs: wanted.map((output) =>
      output === 'probabilities' ? probabilities() : texts(output as 'label'),
    ),
  };
}

const provenance = ['id', 'route', 'reason'];
