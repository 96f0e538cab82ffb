import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rowPriceMaxOf } from '../../../src/teacher/teacher.js';
import type { ChatExample } from '../../../src/teacher/openai/chat-messages.js';
import { openOpenaiTeacher } from '../../../src/teacher/openai/openai-teacher.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { startChatServer } from '../../support/chat-server.js';
import { openaiOptions } from '../../support/openai-options.js';

const labels = ['bad', 'fair', 'good'];
const spec = { input: { kind: 'text', charsMax: 4000 }, labels } as const;
const key = 'sk-test';
const model = () => ({ bad: 0.1, fair: 0.3, good: 0.6 });
const servers = await Promise.all(
  [false, true].map((isModest) => startChatServer({ key, model, isModest, isDear: true })),
);
const prices = { inputUsdPerMillion: 3, outputUsdPerMillion: 15 };

/** Sums are in another order, US dollars. */
const roundingError = 1e-12;

/** Texts that take more tokens than they look like: other scripts, pairs, controls, borders. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.array(fc.constantFrom('<|im_end|>', '</s>', '[INST]', '\u202e', '\ud800', '"', '\\', '日')),
);
const textOf = (parts: string | string[]): string => [parts].flat().join('');
const given = fc.record({
  softLabels: fc.constantFrom('logprobs', 'samples', 'none'),
  samples: fc.integer({ min: 1, max: 4 }),
  prices: fc.constantFrom(prices, { inputUsdPerMillion: 0, outputUsdPerMillion: 15 }),
  structured: fc.constantFrom('json-schema', 'json-object', 'none'),
  tokensMax: fc.integer({ min: 1, max: 50 }),
  tokensField: fc.constantFrom('max_tokens', 'max_completion_tokens'),
  extra: fc.constantFrom({}, { n: 3 }, { max_tokens: 60 }, { seed: 1 }),
  examples: fc.record({ similar: fc.integer({ min: 0, max: 2 }) }),
});

describe('what a row of a language model is paid with', () => {
  it('is never less than it costs, whatever is in it and whoever counts the tokens', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, given, fc.nat({ max: 1 }), async (one, shown, options, at) => {
        const url = `${servers[at]!.url}/v1`;
        const told = openaiOptions({ url, costPerRowUsd: 1e-9, ...options }, key);
        let asked = 0;
        const findExamples = async (): Promise<readonly ChatExample[]> =>
          // Longer whenever it is asked: a row must be asked about with what it was priced with.
          [{ input: `${textOf(shown)}${'x'.repeat(500 * asked++)}`, label: 'bad' }];
        const teacher = openOpenaiTeacher(spec, told, { findExamples, now: () => 0 });
        const input = encodeText(textOf(one));

        const reservedUsd = await rowPriceMaxOf(teacher, [input]);
        const [answer] = await teacher.label([input]);

        assert.ok(answer!.costUsd > 0 && answer!.costUsd <= reservedUsd + roundingError);
      }),
      { numRuns: 150 },
    );
  });

  it('is what the dearest of the rows can cost, and of the order of that', async () => {
    const options = openaiOptions({ url: `${servers[0]!.url}/v1`, prices, tokensMax: 20 }, key);
    const findExamples = async () => [];
    const teacher = openOpenaiTeacher(spec, options, { findExamples, now: () => 0 });
    const [short, long] = [encodeText('so so'), encodeText('日本'.repeat(500))];
    const [answer] = await teacher.label([long]);

    const usd = await rowPriceMaxOf(teacher, [long]);
    assert.equal(await rowPriceMaxOf(teacher, [short, long]), usd);
    assert.ok((await rowPriceMaxOf(teacher, [short])) < usd);
    assert.ok(
      usd >= answer!.costUsd && usd < 1.5 * answer!.costUsd,
      `${usd} for ${answer!.costUsd}`,
    );
  });

  it('is its usual price where tokens have none', async () => {
    const options = openaiOptions({ url: `${servers[0]!.url}/v1`, costPerRowUsd: 0.25 }, key);
    const teacher = openOpenaiTeacher(spec, options, {
      findExamples: async () => [],
      now: () => 0,
    });

    assert.equal(await rowPriceMaxOf(teacher, [encodeText('so so')]), 0.25);
  });
});
