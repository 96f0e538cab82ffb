import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startGateway, type ChildGateway } from '../../src/replay/start-gateway.js';
import { programFile, repositoryRoot } from '../../src/files/repository-root.js';
import { metricList } from '../../src/telemetry/metric-list.js';
import { panelsOf, readOverview } from './dashboard-file.js';
import { fillIn, type Chosen } from './grafana-query.js';
import { poll } from './poll.js';
import {
  scrapeSeconds,
  startPrometheus,
  type Prometheus,
  type Series,
} from './start-prometheus.js';
import { digitsTraffic, type Traffic } from './traffic.js';
import { skipWithout } from '../support/skip-without.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const skip = skipWithout('prometheus', 'apt-get install prometheus');
const overview = readOverview();
/** Rows until the student can be taught; a third of them are held out. */
const coldRows = 1_500;
const stepS = 2;
/** This gateway has no keys: its queries are asked, and find nothing. */
const ofKeys = 'Spent by API keys in the last hour';

/** A gateway that goes through its first day, a Prometheus that watches, and every query asked. */
describe('the Overview dashboard on a real Prometheus', { skip, timeout: 450_000 }, () => {
  const startedS = Date.now() / 1000;
  const stops: (() => Promise<void>)[] = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  const dir = temporaryDirectory(); // Goes after all that work in it have stopped.
  let gateway: ChildGateway;
  let prometheus: Prometheus;
  let traffic: Traffic;
  let firstScrape: string;

  before(async () => {
    const root = repositoryRoot();
    // The same rows are held out each time: whether the student may answer is no matter of luck.
    await writeFile(join(dir, 'holdout.key'), Buffer.alloc(32, 7));
    gateway = await startGateway({
      entry: programFile(),
      dataDir: dir,
      env: {
        PATH: process.env['PATH'],
        UNDERSTUDY_TASKS: join(root, 'models', 'digits', 'task.yaml'),
        UNDERSTUDY_LOG_LEVEL: 'warn',
      },
      onUnexpectedEnd: (code) => assert.fail(`The gateway ended with ${String(code)}.`),
    });
    stops.push(() => gateway.stop());
    firstScrape = await (await fetch(`${gateway.url}/metrics`)).text();
    prometheus = await startPrometheus({ dir, target: new URL(gateway.url).host });
    stops.push(() => prometheus.stop());
    // Its first scrape may be seconds away; what changes before is not seen as a change.
    await poll('the first student is seen', 30_000, async () =>
      hasData(await prometheus.query(metricList.studentInfo.name)) ? true : null,
    );
    traffic = await digitsTraffic(gateway.url);
    stops.push(() => traffic.stop());
    await traffic.send(coldRows);
    const run = await traffic.distil();
    assert.equal(run.state, 'promoted', run.reasons.join(' '));
    traffic.keepUp();
  });

  /** What Grafana would show with everything chosen. */
  async function choose(): Promise<Chosen> {
    const variables: Record<string, readonly string[]> = {};
    for (const { name, type, query } of overview.templating.list) {
      if (type !== 'query' || typeof query === 'string') continue;
      const asked = fillIn(query.query, { ...shown(), variables });
      const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(asked)!;
      const values = await prometheus.get(
        `/api/v1/label/${label!}/values?match[]=${encodeURIComponent(metric!)}`,
      );
      variables[name] = values as string[];
    }
    return { ...shown(), variables };
  }
  const shown = () => ({
    rangeSeconds: Math.ceil(Date.now() / 1000 - startedS),
    intervalSeconds: stepS,
    scrapeSeconds,
  });
  const course = async (expr: string): Promise<readonly Series[]> =>
    prometheus.queryRange(fillIn(expr, await choose()), {
      fromS: startedS,
      toS: Date.now() / 1000,
      stepS,
    });
  const newest = async (expr: string): Promise<readonly Series[]> =>
    prometheus.query(fillIn(expr, await choose()));

  it('finds the task and the gateway for its variables', async () => {
    const { variables } = await poll('the gateway is scraped', 30_000, async () => {
      const chosen = await choose();
      return chosen.variables['instance']?.length === 1 ? chosen : null;
    });

    const host = new URL(gateway.url).host;
    assert.deepEqual(variables, { task: ['digits'], instance: [host] });
  });

  it('shows data in every panel, by every query of it, now and over time', async () => {
    const queries = panelsOf(overview).flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ title, expr })),
    );
    assert.ok(queries.length > 30);

    let empty: string[] = [];
    await poll('every query returns data', 45_000, async () => {
      empty = [];
      for (const { title, expr } of queries) {
        if (title === ofKeys) continue;
        if (!hasData(await newest(expr))) empty.push(`${title}, now: ${expr}`);
        if (!hasData(await course(expr))) empty.push(`${title}, over time: ${expr}`);
      }
      return empty.length === 0 ? true : null;
    }).catch(() => {});

    assert.deepEqual(empty, []);
    const keyQueries = queries.filter(({ title }) => title === ofKeys);
    assert.equal(keyQueries.length, 2);
    for (const { expr } of keyQueries) assert.deepEqual(await newest(expr), []);
  });

  it('shows latency, share and cost of student and teacher apart', async () => {
    const byRoute = panelsOf(overview).filter(({ targets }) =>
      targets.some(({ legendFormat }) => legendFormat === '{{route}}'),
    );
    assert.equal(byRoute.length, 6);

    for (const { title, targets } of byRoute) {
      const series = await course(targets[0]!.expr);
      const routes = series.filter(({ values }) => values.length > 0).map(({ labels }) => labels);
      for (const route of ['student', 'teacher'])
        assert.ok(
          routes.some((labels) => labels['route'] === route),
          `${title}: ${route}`,
        );
    }
  });

  it('shows shares that add up to one, and a student that is cheaper and faster', async () => {
    const exprOf = (title: string): string =>
      panelsOf(overview).find((panel) => panel.title === title)!.targets[0]!.expr;
    const valueOf = (series: readonly Series[], route: string): number =>
      series.find(({ labels }) => labels['route'] === route)!.values[0]!;

    const shares = await newest(exprOf('Share by route'));
    const latency = await newest(exprOf('p50 latency by route'));

    const sum = shares.reduce((total, { values }) => total + values[0]!, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, String(sum));
    assert.ok(valueOf(latency, 'student') < valueOf(latency, 'teacher'));
  });

  it('counts what the caller did wrong as 4xx, and nothing as 5xx', async () => {
    const { targets } = panelsOf(overview).find(
      ({ title }) => title === 'Share of failed HTTP requests',
    )!;
    const [badRequests, failures] = targets.map(({ expr }) => expr) as [string, string];
    const mostOf = async (expr: string): Promise<number> =>
      Math.max(...(await course(expr))[0]!.values);

    await poll('bad requests show', 30_000, async () =>
      (await mostOf(badRequests)) > 0 ? true : null,
    );

    assert.equal(await mostOf(failures), 0);
  });

  it('marks the promotion once, and no certificate as lost', async () => {
    const [promotions, losses] = overview.annotations.list;

    const marked = await course(promotions!.expr);
    const lost = await course(losses!.expr);

    assert.deepEqual(
      marked.map(({ labels }) => labels['version']!.replace(/-.*/, '')),
      ['v2'],
    );
    assert.ok(lost[0]!.values.every((value) => value === 0));
  });

  it('has counters of rare events from the start, so that the first one shows', () => {
    for (const name of ['certificate_lost_total', 'labelling_lost_rows_total'])
      assert.match(firstScrape, new RegExp(`^understudy_${name}{task="digits"} 0$`, 'm'));
    assert.match(firstScrape, /^understudy_distillation_runs_total{.*outcome="failed"} 0$/m);
  });

  it('lets no alert fire on a healthy day, and every rule be evaluated', async () => {
    const { groups } = (await prometheus.get('/api/v1/rules')) as {
      groups: { rules: { name: string; health: string; state?: string; lastError?: string }[] }[];
    };
    const rules = groups.flatMap(({ rules: list }) => list);

    assert.ok(rules.length > 10);
    assert.deepEqual(
      rules.filter(({ health, state }) => health !== 'ok' || state === 'firing'),
      [],
    );
  });
});

const hasData = (series: readonly Series[]): boolean =>
  series.some(({ values }) => values.length > 0);
