import { encodeText } from '../../../src/task/text-codec.js';
import { openOpenaiTeacher } from '../../../src/teacher/openai/openai-teacher.js';
import { describeTeacher, type TeacherHarness } from '../../contract/teacher-contract.js';
import { startChatServer } from '../../support/chat-server.js';
import { openaiOptions } from '../../support/openai-options.js';

const labels = ['bad', 'fair', 'good'];
const spec = { input: { kind: 'text', charsMax: 1000 }, labels } as const;
const rows = [
  { input: encodeText('all is good'), label: 2 },
  { input: encodeText('bad, "bad"\nbad'), label: 0 },
  { input: encodeText('fair enough'), label: 1 },
];
const moodOf = (input: string): Record<string, number> =>
  Object.fromEntries(labels.map((label) => [label, input.includes(label) ? 0.8 : 0.1]));

async function start(softLabels: string): Promise<TeacherHarness> {
  const secret = 'sk-test-0123456789abcdef';
  const server = await startChatServer({ key: secret, model: moodOf });
  const choice = (content: unknown, more: object = {}) => ({
    choices: [
      { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...more },
    ],
  });
  return {
    ...{ classes: 3, rows, server, secret },
    open: async (changes = {}) => {
      const soft = { softLabels, samples: softLabels === 'samples' ? 10 : 1 };
      const options = openaiOptions({ url: `${server.url}/v1/`, ...soft, ...changes }, secret);
      const findExamples = async () => [];
      return openOpenaiTeacher(spec, options, { findExamples, now: () => Date.now() });
    },
    notAnswers: {
      'no choices': { choices: [] },
      'choices that are none': { choices: 'good' },
      'no content': choice(null),
      'a bare label': choice('good'),
      'a label outside the set': choice('{"label":"great"}'),
      'a label with a blank': choice('{"label":" good"}'),
      'a class number': choice('{"label":2}'),
      'several labels': choice('{"label":["good"]}'),
      'what every object has': choice('{"label":"constructor"}'),
      'two objects': choice('{"label":"good"}{"label":"bad"}'),
      'JSON that is cut off': choice('{"label":"go', { finish_reason: 'length' }),
      'a whole answer that is said to be cut off': choice('{"label":"good"}', {
        finish_reason: 'length',
      }),
      'a refusal': {
        choices: [{ message: { content: '{"label":"good"}', refusal: 'I can not.' } }],
      },
      'a filtered one': choice('', { finish_reason: 'content_filter' }),
      'one of several that is no label': {
        choices: ['good', 'great'].map((label) => ({
          message: { content: JSON.stringify({ label }) },
        })),
      },
      'an error with status 200': { error: { message: 'no', code: 500 } },
    },
  };
}

describeTeacher('a language model with log-probabilities', await start('logprobs'));
describeTeacher('a language model with samples', await start('samples'));
describeTeacher('a language model with labels alone', await start('none'));
