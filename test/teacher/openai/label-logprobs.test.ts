import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelProbabilities } from '../../../src/teacher/openai/label-logprobs.js';
import { assertNearAll } from '../../support/assert-near-all.js';

/** A token with its probability, and those of what might have stood there instead. */
const step = (token: string, share: number, others: Readonly<Record<string, number>> = {}) => ({
  token,
  logprob: Math.log(share),
  top_logprobs: Object.entries({ [token]: share, ...others }).map(([text, other]) => ({
    token: text,
    logprob: Math.log(other),
  })),
});
const labels = ['card', 'cash', 'parcel'];
const of = (...content: unknown[]) => labelProbabilities({ content }, labels);

describe('probabilities of labels from those of tokens', () => {
  it('are those of alternatives where one token tells the label', () => {
    const found = of(
      ...[step('{"', 1), step('label', 1), step('":"', 1)],
      ...[step('card', 0.6, { cash: 0.3, parcel: 0.1 }), step('"}', 1)],
    );

    assertNearAll(found!, [0.6, 0.3, 0.1], 1e-12);
  });

  it('multiply along the tokens of the answer where labels begin alike', () => {
    const found = of(
      step('{"label":"', 1),
      ...[step('ca', 0.8, { par: 0.2 }), step('rd', 0.75, { sh: 0.25 }), step('"}', 1)],
    );

    // P(card) = 0.8 * 0.75, P(cash) = 0.8 * 0.25.
    assertNearAll(found!, [0.6, 0.2, 0.2], 1e-12);
  });

  it('are shared by labels that an alternative leaves open', () => {
    const found = of(step('{"label":"', 1), step('parcel', 0.5, { ca: 0.5 }), step('"}', 1));

    assertNearAll(found!, [0.25, 0.25, 0.5], 1e-12);
  });

  it('leave out what leads to no label, and bring the rest to 1', () => {
    const others = { cash: 0.2, Cash: 0.2, login: 0.2 };
    const found = of(step('{"label": "', 1), step('card', 0.4, others), step('"}', 1));

    assertNearAll(found!, [2 / 3, 1 / 3, 0], 1e-12);
  });

  it('see labels through tokens that begin before them or end after them', () => {
    const found = of(
      step('{"label', 1),
      step('":"card"}', 0.7, { '":"cash"}': 0.2, '":"parcel': 0.1, '"}': 0.05 }),
    );

    assertNearAll(found!, [0.7, 0.2, 0.1], 1e-12);
  });

  it('tell a label from one that begins with it', () => {
    const pair = ['card', 'card_lost'];
    const content = [step('{"label":"', 1), step('card', 1), step('"}', 0.9, { _lost: 0.1 })];

    assertNearAll(labelProbabilities({ content }, pair)!, [0.9, 0.1], 1e-12);
  });

  it('look at the last label of an answer that was thought over', () => {
    const found = of(
      ...[step('{"label":"', 1), step('cash', 0.9, { card: 0.1 }), step('"}', 1), step(' no: ', 1)],
      ...[step('{"label":"', 1), step('card', 0.8, { parcel: 0.2 }), step('"}', 1)],
    );

    assertNearAll(found!, [0.8, 0, 0.2], 1e-12);
  });

  it('are none where what came is no such thing', () => {
    const whole = step('{"label":"card"}', 1);
    const broken: readonly unknown[] = [
      ...[null, undefined, {}, { content: null }, { content: [] }, { content: ['card'] }],
      { content: [step('card', 1)] },
      { content: [{ ...whole, logprob: NaN }] },
      { content: [{ ...whole, logprob: 1 }] },
      { content: [{ ...whole, logprob: '0' }] },
      { content: [{ ...whole, top_logprobs: {} }] },
      { content: [{ ...whole, top_logprobs: [{ token: 1, logprob: 0 }] }] },
      { content: [step('{"label":"', 1), step('login"}', 1)] },
    ];
    for (const logprobs of broken)
      assert.equal(labelProbabilities(logprobs, labels), null, JSON.stringify(logprobs));
  });

  it('take -9999 and -Infinity, which servers send for 0', () => {
    const card = { token: 'card', logprob: 0 };
    const none = { token: 'cash', logprob: -9999 };
    const content = [step('{"label":"', 1), { ...card, top_logprobs: [card, none] }];

    assertNearAll(labelProbabilities({ content }, labels)!, [1, 0, 0], 1e-12);
  });

  it('take no longer for tokens without a text, and alternatives beyond number', () => {
    const many = Array.from({ length: 2000 }, (_, k) => `label ${k}`);
    const nothing = { token: '', logprob: 0, top_logprobs: [{ token: 'label', logprob: -9 }] };
    const others = Array<object>(50_000).fill({ token: 'label', logprob: -9999 });
    const content = [
      ...[step('{"label":"', 1), step('label ', 1), ...Array<object>(50_000).fill(nothing)],
      ...[{ ...step('7', 1), top_logprobs: others }, step('"}', 1)],
    ];

    // Each of them was held against each label.
    assert.equal(labelProbabilities({ content }, many)![7], 1);
  });
});
