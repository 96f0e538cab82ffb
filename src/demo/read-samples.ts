import type { SamplesJson } from '../http/api-types.js';
import type { DemoRow } from './demo-phase.js';

const samplesAtOnce = 1_000;

/**
 * Reads the samples that come with a gateway's task, page by page; of images or texts.
 *
 * @throws {Error} when the gateway refuses.
 */
export async function readSamples(url: string, task: string): Promise<readonly DemoRow[]> {
  const rows: DemoRow[] = [];
  for (;;) {
    const page = `${url}/v1/tasks/${task}/samples?offset=${rows.length}&limit=${samplesAtOnce}`;
    const response = await fetch(page);
    if (!response.ok) throw new Error(`${page} answered ${response.status}.`);
    const { samples, total } = (await response.json()) as SamplesJson;
    rows.push(...samples.map(({ input, label }) => ({ input: input as string, label })));
    if (samples.length === 0 || rows.length >= total) return rows;
  }
}
