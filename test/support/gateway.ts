import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { parse } from 'yaml';
import { composeGateway, type Gateway, type TaskSource } from '../../src/compose.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { Config } from '../../src/config/settings.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { RecordingLog } from '../fakes/recording-log.js';

export const digitsFile = join(repositoryRoot(), 'models', 'digits', 'task.yaml');

export const taskSource = (file: string): TaskSource => ({
  config: parseTaskConfig(parse(readFileSync(file, 'utf8')), file),
  dir: dirname(file),
});

export interface OpenGateway {
  readonly gateway: Gateway;
  readonly port: number;
  readonly log: RecordingLog;
}

let ids = 0;

/** Composes and starts a real gateway in this process; it is closed when the tests have ended. */
export async function openGateway(
  dataDir: string,
  files: readonly string[],
  changes: Partial<Config> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<OpenGateway> {
  const log = new RecordingLog();
  const config = { ...loadConfig({}, {}), dataDir, port: 0, ...changes };
  const gateway = await composeGateway(config, files.map(taskSource), {
    log,
    now: () => Date.now(),
    newId: () => `${process.pid}-${ids++}`,
    consoleDir: dataDir,
    env,
  });
  after(() => gateway.close());
  const { port } = await gateway.start();
  return { gateway, port, log };
}
