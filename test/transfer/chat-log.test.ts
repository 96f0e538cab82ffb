import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelIn, readChatLine } from '../../src/transfer/chat-log.js';

const whole = { after: null, before: null };
const user = (content: unknown) => ({ role: 'user', content });
const messages = [{ role: 'system', content: 'Classify.' }, user('old'), user('where is my card')];
const response = {
  created: 1_700_000_000,
  choices: [{ message: { role: 'assistant', content: 'lost' } }],
};
const read = { text: 'where is my card', answer: 'lost', createdMs: 1_700_000_000_000 };

describe('a line of a log of chat completions', () => {
  const forms: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'request and response': { request: { model: 'm', messages }, response },
    'the bodies of a batch': { body: { messages }, response: { status_code: 200, body: response } },
    'input and output': { input: { messages }, output: response },
    'both in one': { messages, ...response },
    'parts of a message': {
      request: { messages: [user([{ type: 'text', text: 'where is my card' }])] },
      response,
    },
  };
  for (const [form, line] of Object.entries(forms))
    it(`is read as ${form}`, () => assert.deepEqual(readChatLine(line, whole), read));

  it('is read as a conversation for fine-tuning, which does not say when it was', () => {
    const answered = [...messages, { role: 'assistant', content: 'lost' }];
    assert.deepEqual(readChatLine({ messages: answered }, whole), { ...read, createdMs: null });
  });

  it('may have its answer in the call of a tool', () => {
    const call = { function: { name: 'label', arguments: '{"label": "lost"}' } };
    const choices = [{ message: { content: null, tool_calls: [call] } }];
    const line = readChatLine({ request: { messages }, response: { choices } }, whole);
    assert.ok(typeof line === 'object');
    assert.equal(line.answer, '{"label": "lost"}');
  });

  it('gives the input out of the prompt around it', () => {
    const line = { messages: [user('Label this.\nText: my card\nAnswer:')], ...response };
    const cut = (after: string | null, before: string | null) => {
      const found = readChatLine(line, { after, before });
      return typeof found === 'string' ? null : found.text;
    };

    assert.equal(cut('Text:', 'Answer:'), 'my card');
    assert.equal(cut('Text:', null), 'my card\nAnswer:');
    assert.equal(cut(null, '\nText:'), 'Label this.');
    assert.deepEqual([cut('Input:', null), cut('Text:', 'End')], [null, null]);
  });

  it('is nothing without a question or an answer, whatever else it is', () => {
    const lines = [{}, { messages: 'x' }, { request: [], response }, { request: { messages } }];
    for (const line of lines)
      assert.match(readChatLine(line, whole) as string, /^no text of a user, and an answer/);
  });

  for (const finish of ['length', 'content_filter'])
    it(`is refused where the answer was cut off: ${finish}`, () => {
      // "no" may be the start of "not sure" or of "none of these".
      const choices = [{ message: { content: 'no' }, finish_reason: finish }];
      assert.equal(
        readChatLine({ request: { messages }, response: { choices } }, whole),
        `the answer was cut off (finish_reason is ${finish}): it is not the whole answer.`,
      );
    });

  it('is refused where nothing is left of an answer that was cut off', () => {
    const choices = [{ message: { content: null }, finish_reason: 'content_filter' }];
    const line = { request: { messages }, response: { body: { choices } } };
    assert.match(readChatLine(line, whole) as string, /^the answer was cut off/);
  });

  it('is taken where the answer came to its end', () => {
    for (const finish of ['stop', 'tool_calls', null]) {
      const choices = [{ message: { content: 'lost' }, finish_reason: finish }];
      const found = readChatLine({ messages, created: 1_700_000_000, choices }, whole);
      assert.deepEqual(found, read);
    }
  });
});

describe('the label of an answer', () => {
  const labels = ['refund', 'lost card', 'Other'];
  const table = [
    ['refund', 0],
    ['  Refund.', 0],
    ['"lost card"', 1],
    ['**other**', 2],
    ['{"label": "lost card", "why": "it says so"}', 1],
    ['{"label": "refund", "second": "other"}', null],
    ['I think it is a refund', null],
    ['', null],
    ['{"label": ', null],
    // In a block of code.
    ['```json\n{"label": "lost card"}\n```', 1],
    ['\n```json\r\n{\n  "label": "refund"\n}\r\n```\n', 0],
    ['```json {"label": "lost card"} ```', 1],
    ['```{"label": "lost card"}```', 1],
    ['``` refund ```', 0],
    ['```\nlost card\n```', 1],
    ['```text\nOther.\n```', 2],
    ['~~~~\n{"label": "refund"}\n~~~~', 0],
    ['```json\n"refund"\n```', 0],
    // It says more than a label.
    ['```json\n{"label": "refund", "second": "other"}\n```', null],
    ['```refund\nother\n```', null],
    ['```no refund```', null],
    ['```not\na refund\n```', null],
    ['Not ```refund```', null],
    ['```refund``` or ```other```', null],
    ['```json\n{"label": "refund"}', null],
    ['```', null],
  ] as const;
  for (const [answer, index] of table)
    it(`of ${JSON.stringify(answer)} is ${index === null ? 'none' : labels[index]}`, () =>
      assert.equal(labelIn(answer, labels), index));

  it('is none where two labels differ only by their case', () => {
    assert.equal(labelIn('a', ['A', 'a']), 1);
    assert.equal(labelIn('a.', ['A', 'a']), null);
  });

  it('is found in a time that grows with the answer', () => {
    // A pattern that begins anew at each sign took seconds for a sixth of them.
    for (const sign of ['*', '.', '"', '`', ' ', '```a', '~']) {
      assert.equal(labelIn(`a${sign.repeat(500_000)}b`, ['a', 'b']), null);
      assert.equal(labelIn(`\`\`\`a${sign.repeat(500_000)}b\`\`\``, ['a', 'b']), null);
    }
  });
});
