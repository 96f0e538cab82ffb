import type { EvaluationPageJson } from '../http/api-types-evaluation.js';
import type { CompressionJson } from '../http/api-types.js';
import type { TrialJson } from '../http/api-types-training.js';
import { percent } from '../task/percent.js';
import { drawLosses } from './loss-picture.js';
import { plain } from './markdown.js';
import { noSection, pictureBlock, type Section } from './section.js';
import { bytesWords, msWords } from './figures.js';
import { markdownTable } from './table.js';

/** How a student was trained: losses, and what was tried on the way. */
export function trainingSection(page: EvaluationPageJson): Section {
  const { run, training, curve, details, compression } = page;
  if (run === null || details === null) return noSection;
  if (compression !== null) return { blocks: compressionBlocks(compression) };
  const heading = '## Training';
  if (training === null || curve === null)
    return {
      blocks: [
        heading,
        `The trainer is a program of its own (${plain(run.trainer)}), and says nothing of its ` +
          'losses: there is no curve to draw.',
      ],
    };
  const { trials, notes, validationRows } = training;
  return {
    blocks: [
      heading,
      `Losses of the training that made this student (${plain(training.settings)}), ` +
        `${validationRows} validation rows. Where it was trained in several goes (rates that ` +
        'were tried, networks that answer together) they follow each other, and each begins anew.',
      pictureBlock('Losses of the training, step by step', 'loss.svg'),
      ...(notes.length === 0 ? [] : [notes.map((note) => `- ${plain(note)}`).join('\n')]),
      ...(trials.length === 0 ? [] : trialBlocks(trials)),
    ],
    pictures: { 'loss.svg': drawLosses(details.student.version, curve) },
  };
}

const compressionBlocks = (compression: CompressionJson): string[] => {
  const { of, bytes, runMs, batchMs, rows, sameLabel, probabilityGap } = compression;
  return [
    '## Weights in 8 bits',
    `Nothing was trained: these are the weights of ${of} in 8 bits. Of ${rows} rows ` +
      `${percent(sameLabel)} have the same label; no probability differs by more than ` +
      `${probabilityGap.toPrecision(2)}.`,
    markdownTable([
      ['', of, 'in 8 bits'],
      ['size', bytesWords(bytes.before), bytesWords(bytes.after)],
      ['run of one row, median', msWords(runMs.before), msWords(runMs.after)],
      [`run of ${batchMs.rows} rows, median`, msWords(batchMs.before), msWords(batchMs.after)],
    ]),
  ];
};

const trialBlocks = (trials: readonly TrialJson[]): string[] => [
  markdownTable([
    ['settings', 'part of the way', 'agreement', 'by class', 'error', 'took', ''],
    ...trials.map((trial) => [
      plain(trial.settings),
      percent(trial.share),
      shareOf(trial.agreement),
      shareOf(trial.balancedAgreement),
      trial.loss === null ? '-' : trial.loss.toFixed(3),
      `${trial.seconds.toFixed(1)} s`,
      trial.isChosen ? 'chosen' : '',
    ]),
  ]),
  'Agreement and error (squared, of the calibrated probabilities) are of validation rows.',
];

const shareOf = (share: number | null): string => (share === null ? '-' : percent(share));
