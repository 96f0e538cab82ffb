import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { DashboardJson, PanelJson } from '../../src/telemetry/dashboards/grafana-json.js';

/** The dashboard as it is deployed. */
export function readOverview(): DashboardJson {
  const path = join(repositoryRoot(), 'deploy/grafana/dashboards/overview.json');
  return JSON.parse(readFileSync(path, 'utf8')) as DashboardJson;
}

export const panelsOf = ({ panels }: DashboardJson): readonly PanelJson[] =>
  panels.filter((panel) => panel.type !== 'row');
