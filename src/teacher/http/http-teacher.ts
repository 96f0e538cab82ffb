import { InvalidConfigError } from '../../errors.js';
import { batchesOf } from '../../student/batches-of.js';
import type { TaskSpec } from '../../task/task.js';
import { createAnswerReader } from '../remote/answer-reader.js';
import { createHttpClient } from '../remote/http-client.js';
import { inParallel } from '../remote/in-parallel.js';
import { metered } from '../remote/metered.js';
import { headersOf } from '../remote/remote-options.js';
import { teacherVersionOf } from '../remote/teacher-version.js';
import { withinDeadline } from '../remote/within-deadline.js';
import type { Teacher } from '../teacher.js';
import { readHttpAnswer } from './http-answer.js';
import { httpRequestOf } from './http-body.js';
import type { HttpOptions } from './http-options.js';

/** What of the options changes answers: of the URL, all but the host. */
export function httpVersionOf(options: Omit<HttpOptions, 'apiKey'>): string {
  const { url, request, answer, revision } = options;
  const path = url.replace(/^https?:\/\/[^/?#]*/, '');
  const { method, rows, body, image } = request;
  return teacherVersionOf('http', [path, method, rows, body, image, answer, revision]);
}

/**
 * Opens any JSON endpoint as a teacher, by the mapping in the task file.
 *
 * @param now  ms since the epoch.
 * @throws {InvalidConfigError} when the mapping does not fit the task.
 */
export function openHttpTeacher(
  { input, labels }: Pick<TaskSpec, 'input' | 'labels'>,
  options: HttpOptions,
  now: () => number,
): Teacher {
  const { name, costPerRowUsd, timeoutMs, answer, request } = options;
  const secret = options.apiKey;
  const ask = createHttpClient({ name, headers: headersOf(options), secret, now });
  const reader = createAnswerReader({
    ...{ name, labels, classes: answer.classes, costUsd: costPerRowUsd },
  });
  requireNames(options, labels);
  if (input.kind === 'tensor' && options.url.includes('{{input}}'))
    throw new InvalidConfigError(`Teacher ${name}: tensors do not go into a URL.`);
  const rowsMax = request.rows === 'one' ? 1 : request.rowsMax;
  const classes = answer.classes ?? labels;

  return {
    name,
    version: httpVersionOf(options),
    costPerRowUsd,
    isMetered: true,
    label: (inputs, caller, { meter, answered } = {}) =>
      withinDeadline({ name, timeoutMs }, caller, async (signal) => {
        const limits = { atOnceMax: options.requestsMax, signal };
        const requests = batchesOf(inputs, rowsMax);
        const given = await inParallel(requests, limits, async (rows, index) => {
          const price = { rows: rows.length, rowUsd: costPerRowUsd };
          const answers = await metered(meter, price, async () => {
            const answer = await ask(httpRequestOf(rows, input, options), signal);
            return readHttpAnswer(answer, { options, reader, classes, rows: rows.length });
          });
          answers.forEach((answer, k) => answered?.(index * rowsMax + k, answer));
          return answers;
        });
        return given.flat();
      }),
    close: async () => {},
  };
}

function requireNames({ name, answer }: HttpOptions, labels: readonly string[]): void {
  const unknown = Object.values(answer.names).find((label) => !labels.includes(label));
  if (unknown === undefined) return;
  throw new InvalidConfigError(
    `answer.names of teacher ${name} has "${unknown}", which is no label of the task.`,
  );
}
