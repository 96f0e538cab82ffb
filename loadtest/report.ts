import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Histogram } from 'hdr-histogram-js';
import { repositoryRoot } from '../src/files/repository-root.js';
import type { OpenLoopResult } from './open-loop.js';

/** Where and with what a measurement was made. */
export function circumstances(): Readonly<Record<string, string>> {
  return {
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  };
}

/**
 * What was measured: files that are not committed make it dirty, but for results, which the
 * measurements before this one have written. Nothing is lost where git or the clone is missing.
 */
function commit(): string {
  const options = { cwd: repositoryRoot(), encoding: 'utf8', stdio: 'pipe' } as const;
  const git = (...args: readonly string[]): string => execFileSync('git', args, options).trim();
  try {
    const changed = git('status', '--porcelain', '--', '.', ':!loadtest/results');
    return git('describe', '--always') + (changed === '' ? '' : '-dirty');
  } catch {
    return 'unknown';
  }
}

/** A load test's report for people, as markdown. */
export function markdownOf(
  title: string,
  { ratePerSecond, command }: { ratePerSecond: number; command: string },
  result: OpenLoopResult,
): string {
  const { sent, answered, failures, latencyUs, latenessUs, seconds } = result;
  const failed = Object.entries(failures).map(([why, count]) => `${count} x ${why}`);
  const rows = [...latencyUs].map(([group, histogram]) => rowOf(group, histogram));
  return [
    `# ${title}`,
    '',
    `Open loop, Poisson arrivals at ${ratePerSecond} requests a second for ${seconds} s; every`,
    'latency counts from the moment at which the request was due. Repeat it with',
    '',
    `    ${command}`,
    '',
    ...Object.entries(circumstances()).map(([name, value]) => `- ${name}: ${value}`),
    `- sent ${sent}, answered ${answered} (${(answered / seconds).toFixed(0)} a second), failed: ` +
      (failed.join(', ') || 'none'),
    `- the generator was late by ${ms(latenessUs, 50)} ms at the median, ` +
      `${ms(latenessUs, 99)} ms at the 99th percentile`,
    '',
    '| answered by | requests | p50 ms | p90 ms | p99 ms | p99.9 ms | max ms |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows,
    '',
  ].join('\n');
}

function rowOf(group: string, histogram: Histogram): string {
  const quantiles = [50, 90, 99, 99.9].map((percentile) => ms(histogram, percentile));
  const max = (histogram.maxValue / 1000).toFixed(2);
  return `| ${[group, histogram.totalCount, ...quantiles, max].join(' | ')} |`;
}

export const ms = (histogram: Histogram, percentile: number): string =>
  (histogram.getValueAtPercentile(percentile) / 1000).toFixed(2);
