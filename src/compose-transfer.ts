import { join } from 'node:path';
import type { Capture } from './capture/capture.js';
import { openCapture, prepareLog, type LogSettings } from './compose-capture.js';
import { keepDraw } from './compose-draw.js';
import { openPolicy } from './compose-policy.js';
import type { TaskSource } from './compose.js';
import { makeDirectory } from './files/make-directory.js';
import { privateCapture } from './privacy/private-capture.js';
import { createDrawRow } from './serving/draw-row.js';
import type { Input, TaskSpec } from './task/task.js';
import type { ImportOptions } from './transfer/import-rows.js';

/** The log of a data directory, for what goes in and out of it beside a gateway, or without one. */
export interface OpenTransfer {
  readonly spec: TaskSpec;
  readonly capture: Capture;
  /** As the gateway draws its rows; makes what the first gateway would make. */
  drawOf(): Promise<ImportOptions['drawOf']>;
}

const now = (): number => new Date().getTime();

/** Opens the log of a gateway; makes it and the data directory where they are not there. */
export async function openTransfer(
  { config }: Pick<TaskSource, 'config'>,
  settings: LogSettings,
): Promise<OpenTransfer> {
  const { name, title, input, labels } = config;
  const { place, holdoutKey } = await prepareLog(settings);
  const capture = privateCapture(await openCapture(place, now), config.privacy);
  return {
    spec: { name, title, input, labels },
    capture,
    async drawOf() {
      const dir = join(settings.dataDir, 'tasks', name);
      await makeDirectory(dir);
      const { policy } = await openPolicy(dir, config.policy);
      const keptOut = await keepDraw({ config, dir, capture, holdoutKey }, policy);
      const draw = createDrawRow(holdoutKey);
      return (one: Input) => {
        const { inputHash, holdout } = draw(one);
        return { inputHash, isTrainable: holdout >= keptOut.share };
      };
    },
  };
}
