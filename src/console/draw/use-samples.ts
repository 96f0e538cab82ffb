import { useState } from 'preact/hooks';
import type { SamplesJson } from '../../http/api-types.js';
import { getSamples } from '../api.js';
import { failureOf } from '../failure.js';
import { useFailure } from '../use-failure.js';

/** A real input of the task, with its label. */
export type Sample = SamplesJson['samples'][number];

/** Far apart in the stream, and prime: one meets them all. */
const sampleStride = 997;

/** Takes one real input after the other. */
export function useSamples(task: string) {
  const [samplesSeen, setSamplesSeen] = useState(0);
  const [failure, setFailure] = useFailure();

  /** @returns null when there is none, or when it can not be had: `failure` then says why. */
  async function takeSample(): Promise<Sample | null> {
    try {
      const { total } = await getSamples(task, { offset: 0, limit: 1 });
      const offset = (samplesSeen * sampleStride) % Math.max(1, total);
      const [taken] = (await getSamples(task, { offset, limit: 1 })).samples;
      if (taken === undefined) return null;
      setSamplesSeen(samplesSeen + 1);
      setFailure(null);
      return taken;
    } catch (error) {
      setFailure(failureOf(error));
      return null;
    }
  }
  return { takeSample, failure };
}
