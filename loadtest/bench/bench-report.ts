import type { Figure } from '../../src/files/figures-file.js';
import { circumstances } from '../report.js';
import { shown } from './numbers.js';

const title = '# Benchmarks';

/** One section of `bench.md`: the question, the answer, what was asked of it, and where. */
export function sectionOf(options: {
  readonly question: string;
  readonly report: string;
  readonly figures: readonly Figure[];
  readonly command: string;
}): string {
  const { question, report, figures, command } = options;
  const lines = figures.map(
    ({ figure, value, unit, target, holds }) =>
      `- ${holds ? 'holds' : '**MISSED**'}: ${figure}: ${shown(value)} ${unit} (${target})`,
  );
  const where = Object.entries(circumstances()).map(([name, value]) => `${name} ${value}`);
  return [
    `## ${question}`,
    report,
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    `Repeat it with \`${command}\`. Measured with ${where.join(', ')}.`,
  ].join('\n\n');
}

/** Puts new sections in the place of those with the same question; others stay as they are. */
export function mergeSections(existing: string, sections: readonly string[]): string {
  const merged = new Map<string, string>();
  for (const section of [...existing.split(/\n(?=## )/).slice(1), ...sections])
    merged.set(section.split('\n')[0]!, section.trim());
  return `${[title, ...merged.values()].join('\n\n')}\n`;
}
