import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { createSeededDraw } from '../src/distillation/seeded-draw.js';
import type { GeneratorJob, GeneratorReply } from './generator.js';
import { runOpenLoop } from './open-loop.js';
import { runSaturate } from './saturate.js';

/* The process behind `startGenerator`: a job in, its result out. */

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  run(message as GeneratorJob)
    .catch((error: unknown): GeneratorReply => ({ kind: 'failed', message: String(error) }))
    .then(
      (reply) => process.send?.(reply),
      () => {},
    );
});

async function run({ kind, job }: GeneratorJob): Promise<GeneratorReply> {
  if (kind === 'saturate') {
    const result = await runSaturate(job);
    return { kind, result: { ...result, roundTripUs: pack(result.roundTripUs) } };
  }
  const { seed, groupField, ...options } = job;
  const groupOf = groupField === null ? (): string => 'all' : groupByField(groupField);
  const result = await runOpenLoop({ ...options, draw: createSeededDraw(seed), groupOf });
  const { latencyUs, refusedUs, latenessUs } = result;
  const packed = { latencyUs: packAll(latencyUs), refusedUs: packAll(refusedUs) };
  return { kind, result: { ...result, ...packed, latenessUs: pack(latenessUs) } };
}

/** The group of a JSON answer is the text in one of its fields; `none` without it. */
const groupByField =
  (field: string) =>
  (body: string): string => {
    const value = (JSON.parse(body) as Record<string, unknown>)[field];
    return typeof value === 'string' ? value : 'none';
  };

const pack = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram);
const packAll = (histograms: ReadonlyMap<string, Histogram>): ReadonlyMap<string, string> =>
  new Map([...histograms].map(([group, histogram]) => [group, pack(histogram)]));
