import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { overviewDashboard } from '../../src/telemetry/dashboards/overview.js';
import { metricList } from '../../src/telemetry/metric-list.js';
import { panelsOf, readOverview } from './dashboard-file.js';

const names = Object.values(metricList).map(({ name }) => name);
const overview = readOverview();
const panels = panelsOf(overview);
/** Metrics of ours that a text names; not those that a rule records (`level:metric:what`). */
const metricsIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/(?<![\w:])understudy_\w+(?![\w:])/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    ),
  ),
];

describe('the Overview dashboard', () => {
  it('is the one that the code builds (npm run dashboards mends it)', () => {
    assert.deepEqual(overview, JSON.parse(JSON.stringify(overviewDashboard())));
  });

  it('shows every metric of the list, and no other', () => {
    assert.deepEqual(metricsIn(JSON.stringify(overview)).sort(), [...names].sort());
  });

  it('says of each panel which question it answers, and in which unit', () => {
    const mute = panels.filter(
      ({ title, description, fieldConfig }) =>
        title === '' || !description.includes('?') || fieldConfig.defaults['unit'] === undefined,
    );

    assert.deepEqual(
      mute.map(({ title }) => title),
      [],
    );
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  });

  it('lays its panels out inside the grid, none over another', () => {
    const taken = new Map<string, string>();
    for (const { title = '', gridPos } of overview.panels) {
      const { x, y, w, h } = gridPos;
      assert.ok(x >= 0 && x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const other = taken.get(`${column}/${line}`);
          assert.equal(other, undefined, `${title} lies over ${String(other)}`);
          taken.set(`${column}/${line}`, title);
        }
      }
    }
  });

  it('takes rates over an interval that fits the scrapes, and only of the chosen gateways', () => {
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        assert.doesNotMatch(expr, /rate\([^[]*\[(?!\$__rate_interval)/, title);
        assert.doesNotMatch(expr, /increase\([^[]*\[(?!\$__range)/, title);
        for (const [, matchers] of expr.matchAll(/\{([^}]*)\}/g))
          assert.match(matchers!, /instance=~"\$instance"/, title);
      }
    }
  });
});

describe('the alert rules', () => {
  const textOf = (path: string): string =>
    readFileSync(join(repositoryRoot(), 'deploy', path), 'utf8');
  const alertsIn = (text: string, pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name]) => name!);

  it('are the ones that deploy/README.md explains', () => {
    const ruled = alertsIn(textOf('prometheus/rules.yml'), /alert: (\w+)/g);
    const explained = alertsIn(textOf('README.md'), /^\| `(Understudy\w+)`/gm);

    assert.deepEqual(explained.sort(), ruled.sort());
  });

  it('name only metrics of the list', () => {
    const used = metricsIn(textOf('prometheus/rules.yml'));

    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter((name) => !names.includes(name)),
      [],
    );
  });
});
