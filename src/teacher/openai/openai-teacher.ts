import { InvalidConfigError } from '../../errors.js';
import { topClass } from '../../routing/confidence.js';
import { jsonOfInput } from '../../task/input-json.js';
import type { Input, InputSpec, TaskSpec } from '../../task/task.js';
import { mayBeBilled } from '../call-failure.js';
import { inParallel } from '../remote/in-parallel.js';
import { teacherVersionOf } from '../remote/teacher-version.js';
import { withinDeadline } from '../remote/within-deadline.js';
import type { Meter, Teacher, TeacherAnswer, TokenUsage } from '../teacher.js';
import { createModelAsker, type ModelAsker } from './ask-model.js';
import type { ChatChoice } from './chat-answer.js';
import { chatMessages, type ChatExample, type ChatMessage } from './chat-messages.js';
import { labelProbabilities } from './label-logprobs.js';
import type { OpenaiOptions, TokenPrices } from './openai-options.js';
import { rowUsdMax } from './row-usd-max.js';
import { sumOfUsage, tokenCostUsd } from './token-cost.js';

/** Examples for one input, the likest last. */
export type FindExamples = (input: Input) => Promise<readonly ChatExample[]>;

/** What of the options changes answers: all but the address, the price and the time. */
export function openaiVersionOf(options: Omit<OpenaiOptions, 'apiKey'>): string {
  const { model, instructions, labelDescriptions, examples, structured, revision } = options;
  const { softLabels, samples, temperature, sampleTemperature, tokensMax, extra } = options;
  return teacherVersionOf('openai', [
    ...[promptVersion, model, instructions, labelDescriptions, examples, structured, revision],
    ...[softLabels, samples, temperature, sampleTemperature, tokensMax, extra],
  ]);
}

/** Another one where the words around an input change. */
const promptVersion = 1;

/**
 * Opens a language model as a teacher: each row is a chat completion that answers with a label.
 *
 * @param findExamples  called for each row, where `examples.similar` is above 0.
 * @param now           ms since the epoch.
 * @throws {InvalidConfigError} when the options do not fit the task.
 */
export function openOpenaiTeacher(
  { input: spec, labels }: Pick<TaskSpec, 'input' | 'labels'>,
  options: OpenaiOptions,
  { findExamples, now }: { readonly findExamples: FindExamples; readonly now: () => number },
): Teacher {
  const { name, timeoutMs, costPerRowUsd, prices, examples } = options;
  requireFit(options, spec, labels);
  const model = createModelAsker(options, labels, now);

  /** What was found for a row when it was priced: it is asked about with that, and no more. */
  const found = new WeakMap<Input, readonly ChatExample[]>();

  async function messagesFor(input: Input): Promise<readonly ChatMessage[]> {
    const similar = examples.similar > 0 ? (found.get(input) ?? (await findExamples(input))) : [];
    const told = { ...options, examples: [...examples.given, ...similar] };
    return chatMessages(textOf(input, spec), labels, told);
  }

  /** @param known  the prices of the tokens. */
  async function priceRow(input: Input, known: TokenPrices): Promise<number> {
    if (examples.similar > 0) found.set(input, await findExamples(input));
    return priceMax(await messagesFor(input), known);
  }

  const priceMax = (messages: readonly ChatMessage[], known: TokenPrices): number =>
    rowUsdMax(messages, known, { labels, options });
  const paid = (messages: readonly ChatMessage[], usages: Usages): Paid =>
    paidFor(usages, options, (known) => priceMax(messages, known));

  async function answerRow(input: Input, signal: AbortSignal, meter?: Meter) {
    const messages = await messagesFor(input);
    signal.throwIfAborted();
    const usages: Usages = [];
    const close = meter?.open(1, paid(messages, [null]).costUsd);
    try {
      const onUsage = (usage: TokenUsage | null): void => void usages.push(usage);
      const said = await answerTo(messages, onUsage, { model, options, labels, signal });
      const answer = { ...said, ...paid(messages, usages) };
      close?.(answer.costUsd);
      return answer;
    } catch (error) {
      if (!mayBeBilled(error)) close?.(usages.length === 0 ? null : paid(messages, usages).costUsd);
      throw error;
    }
  }

  return {
    name,
    version: openaiVersionOf(options),
    costPerRowUsd,
    ...(prices !== null && { rowUsdMax: dearestBy((input) => priceRow(input, prices)) }),
    isMetered: true,
    label: (inputs, caller, { meter, answered } = {}) =>
      withinDeadline({ name, timeoutMs }, caller, (signal) =>
        inParallel(inputs, { atOnceMax: options.requestsMax, signal }, async (input, row) => {
          const answer = await answerRow(input, signal, meter);
          answered?.(row, answer);
          return answer;
        }),
      ),
    close: async () => {},
  };
}

type Said = Pick<TeacherAnswer, 'label' | 'probabilities'>;

/** @param onUsage  hears what each request has taken: a later one may fail. */
async function answerTo(
  messages: readonly ChatMessage[],
  onUsage: (usage: TokenUsage | null) => void,
  by: {
    readonly model: ModelAsker;
    readonly options: Pick<OpenaiOptions, 'softLabels' | 'samples' | 'temperature'>;
    readonly labels: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<Said> {
  const { model, signal } = by;
  const { softLabels, samples, temperature } = by.options;
  if (softLabels === 'samples' && samples > 1)
    return likeliest(await model.often(messages, onUsage, signal));
  const hasLogprobs = softLabels === 'logprobs';
  const how = { choices: 1, temperature, hasLogprobs };
  const { choices, usage } = await model.once(messages, how, signal);
  onUsage(usage);
  const [{ label, logprobs }] = choices as [ChatChoice];
  const probabilities = hasLogprobs ? labelProbabilities(logprobs, by.labels) : null;
  if (probabilities !== null) return likeliest(probabilities);
  if (!hasLogprobs || samples === 1) return { label, probabilities: null };
  return likeliest(await model.often(messages, onUsage, signal));
}

const likeliest = (probabilities: Float64Array): Said => ({
  label: topClass(probabilities).label,
  probabilities,
});

/** Of each request; null where it did not say. */
type Usages = (TokenUsage | null)[];
type Paid = Omit<TeacherAnswer, 'label' | 'probabilities'>;

/** By its tokens where their price is known; by their bound where their number is not. */
function paidFor(
  usages: readonly (TokenUsage | null)[],
  { costPerRowUsd, prices }: Pick<OpenaiOptions, 'costPerRowUsd' | 'prices'>,
  priceMax: (known: TokenPrices) => number,
): Paid {
  const known = usages.filter((usage) => usage !== null);
  if (known.length < usages.length)
    return { costUsd: prices === null ? costPerRowUsd : priceMax(prices) };
  const usage = sumOfUsage(known);
  return { costUsd: prices === null ? costPerRowUsd : tokenCostUsd(usage, prices), usage };
}

const dearestBy =
  (priceRow: (input: Input) => Promise<number>) =>
  async (inputs: readonly Input[]): Promise<number> =>
    Math.max(...(await Promise.all(inputs.map(priceRow))));

/** What a model reads: a text as it is, tensors as JSON. */
export function textOf(input: Input, spec: InputSpec): string {
  const json = jsonOfInput(input, spec);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function requireFit(
  { name, labelDescriptions, examples }: OpenaiOptions,
  spec: InputSpec,
  labels: readonly string[],
): void {
  const misfit = (why: string) => new InvalidConfigError(`Teacher ${name}: ${why}`);
  if (spec.kind === 'image')
    throw misfit('language models are sent texts and tensors here, no images. Use kind http.');
  const described = Object.keys(labelDescriptions).find((label) => !labels.includes(label));
  if (described !== undefined)
    throw misfit(`labelDescriptions has "${described}", which is no label of the task.`);
  const shown = examples.given.find(({ label }) => !labels.includes(label));
  if (shown !== undefined)
    throw misfit(`an example has the label "${shown.label}", which the task lacks.`);
}
