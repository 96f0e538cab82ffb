import type { EvaluationDetailsJson, ModelDetailsJson } from '../http/api-types-evaluation.js';
import { percent } from '../task/percent.js';
import { drawCalibration } from './calibration-picture.js';
import { drawRisks } from './risk-picture.js';
import { noSection, pictureBlock, type Section } from './section.js';
import { markdownTable } from './table.js';

/** Risk over coverage, of one student or of both. */
export function riskSection(details: EvaluationDetailsJson): Section {
  const { riskMax, intervalDelta: delta } = details;
  const models = scoredOf(details);
  if (models.length === 0) return noSection;
  return {
    blocks: [
      '## Risk over coverage',
      pictureBlock('Share of answers that differ, over the share answered', 'risk.svg'),
      'Of the rows that a student would answer at a threshold, surest first, the share on which ' +
        'it differs from the teacher. Bands are exact intervals for one threshold each.',
    ],
    pictures: { 'risk.svg': drawRisks(models, { riskMax, delta }) },
  };
}

/** Whether confidences mean what they say. */
export function calibrationSection(details: EvaluationDetailsJson): Section {
  const models = scoredOf(details);
  if (details.student.answers === null || models.length === 0) return noSection;
  return {
    blocks: [
      '## Calibration',
      pictureBlock('Agreement over confidence, before and after calibration', 'calibration.svg'),
      markdownTable([
        ['expected calibration error', 'as trained', 'calibrated', 'temperature'],
        ...models.flatMap(({ version, answers }) => {
          const { before, after } = answers!.calibration!;
          const temperature = String(Number(answers!.temperature.toPrecision(4)));
          return [
            [
              `${version}, 15 bins of equal width`,
              percent(before.error.equalWidth),
              percent(after.error.equalWidth),
              temperature,
            ],
            [
              `${version}, 15 bins of equal mass`,
              percent(before.error.equalMass),
              percent(after.error.equalMass),
              temperature,
            ],
          ];
        }),
      ]),
      'Of top probabilities, on the holdout rows; the temperature was fitted on other rows.',
    ],
    pictures: { 'calibration.svg': drawCalibration(details.student) },
  };
}

const scoredOf = ({ student, other }: EvaluationDetailsJson): ModelDetailsJson[] =>
  [student, ...(other === null ? [] : [other])].filter(
    ({ answers }) => answers !== null && answers.calibration !== null,
  );
