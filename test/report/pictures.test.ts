import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawCalibration } from '../../src/report/calibration-picture.js';
import { drawConfusion } from '../../src/report/confusion-picture.js';
import { drawLosses } from '../../src/report/loss-picture.js';
import { ticksTo } from '../../src/report/plot.js';
import { drawRisks } from '../../src/report/risk-picture.js';
import { evaluationDetailsJson, evaluationPageJson } from '../support/evaluated.js';

const { student, other, labels } = evaluationDetailsJson();
const pictures: Readonly<Record<string, string>> = {
  losses: drawLosses('v3-00000003', evaluationPageJson().curve!),
  risks: drawRisks([student, other!], { riskMax: 0.1, delta: 0.1 }),
  calibration: drawCalibration(student),
  confusion: drawConfusion(student, labels),
};
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

describe('pictures of an evaluation', () => {
  for (const [name, svg] of Object.entries(pictures))
    it(`have a title, a description, and colours for light and dark: ${name}`, () => {
      assert.match(svg, /<title id="title">[^<]+<\/title>\n<desc id="description">[^<]+<\/desc>/);
      assert.match(svg, /aria-labelledby="title description"/);
      assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
      assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    });

  it('write their numbers as texts, with units on the axes', () => {
    assert.ok(textsOf(pictures['losses']!).includes('loss of a row, nats'));
    assert.ok(textsOf(pictures['risks']!).includes('risk: share of them that differs'));
    assert.ok(textsOf(pictures['calibration']!).includes('rows in each bin'));
    const confusion = textsOf(pictures['confusion']!);
    assert.deepEqual(confusion.slice(-4).map(Number), [2, 2, 1, 1]); // The diagonal, then the rest.
    assert.ok(
      confusion.includes("Rows by the teacher's label, columns by the student's: 1 of 6 differ."),
    );
  });

  it('have round ticks inside their range', () => {
    assert.deepEqual(ticksTo(2), [0, 0.5, 1, 1.5, 2]);
    assert.deepEqual(ticksTo(0.27), [0, 0.1, 0.2]);
    assert.deepEqual(ticksTo(20_001), [0, 5_000, 10_000, 15_000, 20_000]);
  });

  it('of a single look and a single step are drawn, too', () => {
    const svg = drawLosses('v1-00000001', {
      points: [{ step: 1, loss: 0, validationLoss: null }],
    });

    assert.match(svg, /nobody looked at validation rows/);
    assert.doesNotMatch(svg, /NaN/);
  });
});
