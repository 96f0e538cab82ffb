import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../../../src/errors.js';
import { readChatAnswer } from '../../../src/teacher/openai/chat-answer.js';
import { breakerVerdictOf } from '../../../src/teacher/resilience/call-verdicts.js';

const labels = ['bad', 'good'];
const of = { name: 'llm', labels, indexOf: new Map(labels.map((label, index) => [label, index])) };
const labelOf = (content: unknown): number =>
  readChatAnswer({ choices: [{ message: { content }, finish_reason: 'stop' }] }, of).choices[0]!
    .label;

describe('the label in an answer of a model', () => {
  const good = '{"label":"good"}';
  const wrapped: readonly string[] = [
    good,
    `\n\t ${good}\u00a0\n`,
    '{"why":"a `thing`","label":"good"}',
    `\`\`\`json\n${good}\n\`\`\``,
    `\`\`\`json${good}\`\`\``,
    `\`\`\`\n${good}`,
    `${good}\n\`\`\``,
    `<think>{"label":"bad"}</think>${good}`,
    ` <think>a</think> b </think>\n\n\`\`\`json\n${good}\n\`\`\`\n`,
  ];
  for (const content of wrapped)
    it(`is read from ${JSON.stringify(content)}`, () => assert.equal(labelOf(content), 1));

  const others: readonly unknown[] = [
    ...['', ' ', '```', '``````', '<think>', '</think>', `<think>${good}`, `It is ${good}.`],
    ...[`${good}${good}`, '"good"', '["good"]', '{"label":1}', '{"Label":"good"}', null, 7],
  ];
  for (const content of others)
    it(`is not in ${JSON.stringify(content)}`, () =>
      assert.throws(() => labelOf(content), TeacherFailedError));

  // Each of these froze the gateway while a pattern went back and forth over it: 3200 spaces 26 s.
  const many = 200_000;
  for (const sign of [' ', '\n', '`', '```', '```json ', '{', '[', '<think>', '</think>', '"'])
    it(`comes after a time that grows with the answer: many ${JSON.stringify(sign)}`, () => {
      const run = sign.repeat(many);

      assert.equal(labelOf(`{"why":${JSON.stringify(run)},"label":"good"}`), 1);
      assert.equal(labelOf(`<think>${run}</think>${good}`), 1);
      for (const content of [`{"label"${run}`, `${run}x${run}x`, `<think>${run}x`, `\`\`\`${run}x`])
        assert.throws(() => labelOf(content), TeacherFailedError);
    });
});

describe('an input that a model does not label', () => {
  const latency = { quantileMs: () => null, leastMs: () => null };
  const usual = { latency, rows: 1, timeoutMs: null };
  const verdictOn = (choice: object): string => {
    try {
      readChatAnswer({ choices: [choice] }, of);
    } catch (error) {
      return breakerVerdictOf(error, 1, usual);
    }
    return 'answered';
  };
  const content = '{"label":"good"}';

  it('shuts its teacher for nobody else, and an answer without a label does', () => {
    assert.equal(verdictOn({ message: { content: null, refusal: 'I will not.' } }), 'unknown');
    assert.equal(verdictOn({ message: { content }, finish_reason: 'content_filter' }), 'unknown');
    assert.equal(verdictOn({ message: { content }, finish_reason: 'length' }), 'unknown');
    assert.equal(verdictOn({ message: { content: 'It is good.' } }), 'failed');
    assert.equal(verdictOn({ message: { content }, finish_reason: 'stop' }), 'answered');
  });
});
