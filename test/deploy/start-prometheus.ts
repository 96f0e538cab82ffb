import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { freePort } from './free-port.js';
import { poll } from './poll.js';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and infinities are left out: Grafana shows nothing for them. */
  readonly values: readonly number[];
}

export interface Prometheus {
  /** The newest value of each series. */
  query(expr: string): Promise<readonly Series[]>;
  queryRange(
    expr: string,
    range: { fromS: number; toS: number; stepS: number },
  ): Promise<readonly Series[]>;
  /** The `data` of any other path of the API. */
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

export const scrapeSeconds = 1;

/** Starts a Prometheus with the configuration of `deploy/`; it asks our gateway each second. */
export async function startPrometheus(options: {
  readonly dir: string;
  /** host:port */
  readonly target: string;
}): Promise<Prometheus> {
  const { dir, target } = options;
  const config = join(dir, 'prometheus.json'); // JSON is YAML.
  await writeFile(config, JSON.stringify(await configFor(target)));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL')); // However this process ends.
  const url = `http://127.0.0.1:${port}`;

  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`);
    const answer = (await response.json()) as { status: string; data: unknown; error?: string };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error ?? ''}`);
    return answer.data;
  }
  await poll('Prometheus is ready', 30_000, async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}.`);
    const response = await fetch(`${url}/-/ready`).catch(() => null);
    return response?.ok === true ? true : null;
  });

  return {
    query: async (expr) =>
      seriesOf(await get(`/api/v1/query?${String(new URLSearchParams({ query: expr }))}`)),
    async queryRange(expr, { fromS, toS, stepS }) {
      const [start, end, step] = [fromS, toS, stepS].map(String) as [string, string, string];
      const parameters = new URLSearchParams({ query: expr, start, end, step });
      return seriesOf(await get(`/api/v1/query_range?${String(parameters)}`));
    },
    get,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** What is deployed, but for the interval, the target and where the rules are. */
async function configFor(target: string): Promise<unknown> {
  const folder = join(repositoryRoot(), 'deploy', 'prometheus');
  const deployed = parse(await readFile(join(folder, 'prometheus.yml'), 'utf8')) as {
    rule_files: string[];
    scrape_configs: { job_name: string }[];
  };
  const [gateways] = deployed.scrape_configs;
  const every = `${scrapeSeconds}s`;
  return {
    ...deployed,
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: deployed.rule_files.map((file) => join(folder, file)),
    scrape_configs: [{ ...gateways, static_configs: [{ targets: [target] }] }],
  };
}

type Sample = readonly [seconds: number, value: string];

function seriesOf(data: unknown): Series[] {
  const { result } = data as {
    result: { metric: Record<string, string>; value?: Sample; values?: Sample[] }[];
  };
  return result.map(({ metric, value, values }) => ({
    labels: metric,
    values: (values ?? [value!]).map(([, text]) => Number(text)).filter(Number.isFinite),
  }));
}
