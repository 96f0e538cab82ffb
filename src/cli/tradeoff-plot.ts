import type { CertificateJson, LabelCertificateJson } from '../http/api-types.js';
import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import { percentRough } from '../report/risk-axis.js';
import { percent, percentSet } from '../task/percent.js';
import { tradeoffAxisEnd } from './tradeoff-axis-end.js';

const columns = 68;
const plotLines = 16;
/** What is drawn later covers what was drawn before. */
const marks = {
  target: '-',
  floor: '_',
  interval: ':',
  estimate: 'o',
  unreachable: 'x',
  inForce: '@',
} as const;

/**
 * Draws risk over coverage in plain characters, 80 columns wide, and says in words what is in force
 * and what is missing.
 */
export function plotTradeoff(tradeoff: TradeoffJson): string {
  const { student, holdoutRows, policy, points, missing } = tradeoff;
  const target = `target ${percentSet(policy.riskMax)}`;
  const head = [
    `${student ?? 'No student'}, ${holdoutRows} holdout rows, ${target}` +
      ` with ${percentSet(1 - policy.delta)} certainty (mode ${policy.mode})`,
    ...wrapped(wordsOf(tradeoff.certificate)),
    ...tradeoff.certificate.labels.flatMap((own) => wrapped(labelWords(own))),
  ];
  if (points.length === 0) return [...head, missing ?? ''].join('\n');
  return [
    ...head,
    '',
    'risk: share of student answers that differ from the teacher',
    ...drawn(tradeoff),
    axis(),
    `${' '.repeat(28)}coverage: share that the student answers`,
    ...keyOf(tradeoff),
  ].join('\n');
}

/** What the marks mean; those that are always there first. */
function keyOf({ points, riskFloor }: TradeoffJson): readonly string[] {
  const always =
    `${marks.estimate} estimate   ${marks.interval} its interval   ` +
    `${marks.inForce} in force   ${marks.target} target`;
  const floor = percentRough(riskFloor);
  return [
    always,
    ...(points.some(({ target }) => target === null)
      ? [`${marks.unreachable} estimate where no target can be set now`]
      : []),
    ...(riskFloor > 0
      ? [`${marks.floor} floor, ${floor}: the teacher's answers differ among themselves`]
      : []),
  ];
}

function wordsOf(certificate: CertificateJson): string {
  if (certificate.kind === 'not-certified') return `Not certified. ${certificate.why}`;
  const { threshold, coverage } = certificate;
  return `Certified from confidence ${threshold.toFixed(3)}: coverage ${percent(coverage)}.`;
}

/** `fraud, riskMax 0.5 %: from confidence 0.931.` */
function labelWords({ label, target, max, threshold, why }: LabelCertificateJson): string {
  const named = `${label}, ${target} ${percentSet(max)}`;
  if (threshold === null) return `${named}: not certified. ${why ?? ''}`.trimEnd();
  const others = target === 'missMax' ? 'other labels ' : '';
  return `${named}: ${others}from confidence ${threshold.toFixed(3)}.`;
}

/** In lines of 80 characters. */
function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)!} ${word}`.trimStart();
    if (longer.length <= 80) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function drawn(tradeoff: TradeoffJson): readonly string[] {
  const { points, inForce, policy, riskFloor } = tradeoff;
  const riskEnd = tradeoffAxisEnd(tradeoff);
  const cells = Array.from({ length: plotLines }, () => new Array<string>(columns).fill(' '));
  const lineOf = (risk: number): number =>
    plotLines - 1 - Math.round((risk / riskEnd) * (plotLines - 1));
  const columnOf = (coverage: number): number => Math.round(coverage * (columns - 1));
  const put = (line: number, column: number, mark: string): void => {
    if (line >= 0) cells[line]![column] = mark;
  };

  const across = (risk: number, mark: string): void => {
    for (let column = 0; column < columns; column++) put(lineOf(risk), column, mark);
  };

  if (riskFloor > 0) across(riskFloor, marks.floor);
  across(policy.riskMax, marks.target);
  for (const { coverage, risk } of points) {
    const column = columnOf(coverage.estimate);
    for (let line = Math.max(0, lineOf(risk.high)); line <= lineOf(risk.low); line++)
      put(line, column, marks.interval);
  }
  for (const { coverage, risk, target } of points) {
    const mark = target === null ? marks.unreachable : marks.estimate;
    put(lineOf(risk.estimate), columnOf(coverage.estimate), mark);
  }
  if (inForce !== null)
    put(lineOf(inForce.risk.estimate), columnOf(inForce.coverage.estimate), marks.inForce);
  return cells.map((cell, line) => {
    const isLabelled = line % 5 === 0;
    const risk = (riskEnd * (plotLines - 1 - line)) / (plotLines - 1);
    const label = isLabelled ? percentRough(risk) : '';
    return `${label.padStart(8)} |${cell.join('')}`.trimEnd();
  });
}

function axis(): string {
  const ticks = ['0', '25 %', '50 %', '75 %', '100 %'];
  let labels = ' '.repeat(10);
  ticks.forEach((tick, index) => {
    const at = 10 + Math.round((index / 4) * (columns - 1)) - (index === 4 ? 4 : 0);
    labels = labels.padEnd(at) + tick;
  });
  return `${' '.repeat(9)}+${'-'.repeat(columns)}\n${labels}`;
}
