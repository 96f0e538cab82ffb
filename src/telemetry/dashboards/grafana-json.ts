/*
 * The part of Grafana's classic dashboard JSON that is used here. Our own few types instead of
 * `@grafana/grafana-foundation-sdk`: its builders know every option of every panel, but neither our
 * metrics nor their labels, and those are what must not drift.
 */

export type Unit =
  'bytes' | 'currencyUSD' | 'none' | 'percentunit' | 'reqps' | 'rowsps' | 's' | 'short';

export interface QueryJson {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly datasource: DatasourceJson;
}

export interface DatasourceJson {
  readonly type: 'prometheus';
  readonly uid: '${datasource}';
}

export interface OverrideJson {
  readonly matcher: { readonly id: 'byName' | 'byRegexp'; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PanelJson {
  readonly id: number;
  readonly type: 'timeseries' | 'stat' | 'state-timeline' | 'gauge' | 'bargauge';
  readonly title: string;
  readonly description: string;
  readonly gridPos: GridPosition;
  readonly datasource: DatasourceJson;
  readonly targets: readonly QueryJson[];
  readonly fieldConfig: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly overrides: readonly OverrideJson[];
  };
  readonly options: Readonly<Record<string, unknown>>;
}

export interface RowJson {
  readonly id: number;
  readonly type: 'row';
  readonly title: string;
  readonly collapsed: false;
  readonly gridPos: GridPosition;
  readonly panels: readonly never[];
  /** Variable whose every value gets a copy of the row and of the panels below it. */
  readonly repeat?: string;
}

export interface VariableJson {
  readonly name: string;
  readonly label: string;
  readonly type: 'datasource' | 'query';
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly [option: string]: unknown;
}

export interface AnnotationJson {
  readonly name: string;
  readonly enable: boolean;
  readonly iconColor: string;
  readonly datasource: DatasourceJson;
  readonly expr: string;
  readonly step: string;
  readonly titleFormat: string;
  readonly textFormat: string;
  readonly tagKeys: string;
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly graphTooltip: number;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: string;
  readonly links: readonly Readonly<Record<string, unknown>>[];
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly panels: readonly (PanelJson | RowJson)[];
}

/** Chosen at the top of the dashboard: one JSON serves any Grafana. */
export const datasource: DatasourceJson = { type: 'prometheus', uid: '${datasource}' };
