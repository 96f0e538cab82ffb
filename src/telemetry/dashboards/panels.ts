import type { OverrideJson, PanelJson, Unit } from './grafana-json.js';

export interface Query {
  readonly expr: string;
  /** How its series are called; `{{label}}` is filled in. */
  readonly legend: string;
}

/** A panel before it has its place: what it shows and which question it answers. */
export interface Panel extends Pick<PanelJson, 'type' | 'title' | 'options'> {
  /** The question that it answers, and how to read it. */
  readonly question: string;
  readonly queries: readonly Query[];
  /** Asks for the newest value alone; else for the whole time shown. */
  readonly isInstant: boolean;
  /** Columns, of 24, and rows of the grid. */
  readonly width: number;
  readonly height: number;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly overrides: readonly OverrideJson[];
}

type Common = Pick<Panel, 'title' | 'question' | 'queries' | 'width'> & {
  readonly height?: number;
  readonly unit: Unit;
  readonly overrides?: readonly OverrideJson[];
  /** [from this value on, colour], the lowest first, from -Infinity. */
  readonly thresholds?: readonly (readonly [number, string])[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** What is said while there are no series, for panels that have none on the first day. */
  readonly whenEmpty?: string;
  /** Words that stand for values. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
};

const reduceToNewest = { calcs: ['lastNotNull'], fields: '', values: false };

/** Draws lines over time, or stacked areas. */
export function timeSeries(
  panel: Common & { readonly isStacked?: boolean; readonly scale?: 'linear' | 'log' },
): Panel {
  const { isStacked = false, scale = 'linear' } = panel;
  return {
    ...common(panel, { type: 'timeseries', height: 8, isInstant: false }),
    defaults: {
      ...defaultsOf(panel),
      color: { mode: 'palette-classic' },
      custom: {
        lineWidth: isStacked ? 1 : 2,
        fillOpacity: isStacked ? 60 : 0,
        stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
        scaleDistribution: scale === 'log' ? { type: 'log', log: 10 } : { type: 'linear' },
        showPoints: 'never',
        spanNulls: false,
      },
    },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** Shows the newest value as a number; with `graph`, its course behind it. */
export function stat(panel: Common & { readonly graph?: boolean }): Panel {
  const { graph = false } = panel;
  return {
    ...common(panel, { type: 'stat', height: 4, isInstant: !graph }),
    options: {
      reduceOptions: reduceToNewest,
      colorMode: 'value',
      graphMode: graph ? 'area' : 'none',
      textMode: 'auto',
      justifyMode: 'center',
    },
  };
}

/** Shows which state held when, one lane a series. */
export function stateTimeline(panel: Common): Panel {
  return {
    ...common(panel, { type: 'state-timeline', height: 5, isInstant: false }),
    defaults: {
      ...defaultsOf(panel),
      custom: { fillOpacity: 80, lineWidth: 0 },
    },
    options: {
      mergeValues: true,
      showValue: 'auto',
      alignValue: 'left',
      rowHeight: 0.8,
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom' },
    },
  };
}

/** Shows the newest value on a dial. */
export function gauge(panel: Common): Panel {
  return {
    ...common(panel, { type: 'gauge', height: 8, isInstant: true }),
    options: {
      reduceOptions: reduceToNewest,
      showThresholdLabels: false,
      showThresholdMarkers: false,
    },
  };
}

/** Shows the newest value of each series as a bar. */
export function barGauge(panel: Common): Panel {
  return {
    ...common(panel, { type: 'bargauge', height: 8, isInstant: true }),
    options: {
      reduceOptions: reduceToNewest,
      displayMode: 'basic',
      orientation: 'horizontal',
      valueMode: 'color',
      showUnfilled: true,
    },
  };
}

/** Paints the series of a name, or of a pattern of names (`/.../`). */
export const painted = (name: string, color: string): OverrideJson => ({
  matcher: { id: name.startsWith('/') ? 'byRegexp' : 'byName', options: name },
  properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
});

/** A line that others are held against: dashed, not filled, not stacked. */
export const asReference = (name: string, color: string): OverrideJson => ({
  matcher: { id: 'byName', options: name },
  properties: [
    { id: 'color', value: { mode: 'fixed', fixedColor: color } },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 6] } },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.stacking', value: { mode: 'none', group: 'reference' } },
  ],
});

/** Shades the space between two series: the interval around an estimate. */
export const asBand = (high: string, low: string, color: string): OverrideJson[] => [
  {
    matcher: { id: 'byRegexp', options: `/^(${high}|${low})$/` },
    properties: [
      { id: 'color', value: { mode: 'fixed', fixedColor: color } },
      { id: 'custom.lineWidth', value: 0 },
    ],
  },
  {
    matcher: { id: 'byName', options: high },
    properties: [
      { id: 'custom.fillBelowTo', value: low },
      { id: 'custom.fillOpacity', value: 20 },
    ],
  },
];

function common(panel: Common, kind: Pick<Panel, 'type' | 'height' | 'isInstant'>) {
  const { title, question, queries, width, overrides = [] } = panel;
  const { type, isInstant } = kind;
  const height = panel.height ?? kind.height;
  const defaults = defaultsOf(panel);
  return { type, title, question, queries, isInstant, width, height, defaults, overrides };
}

function defaultsOf(panel: Common): Readonly<Record<string, unknown>> {
  const { unit, min, max, decimals, whenEmpty, words } = panel;
  const steps = panel.thresholds ?? [[-Infinity, 'text'] as const];
  const given = Object.entries({ min, max, decimals, noValue: whenEmpty });
  return {
    unit,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    color: { mode: 'thresholds' },
    thresholds: {
      mode: 'absolute',
      // Grafana writes the step from -Infinity as null.
      steps: steps.map(([from, color]) => ({ color, value: from === -Infinity ? null : from })),
    },
    mappings: words === undefined ? [] : [{ type: 'value', options: words }],
  };
}
