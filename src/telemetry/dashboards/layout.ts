import {
  datasource,
  type DashboardJson,
  type GridPosition,
  type PanelJson,
  type RowJson,
} from './grafana-json.js';
import type { Panel } from './panels.js';

export interface Section {
  readonly title: string;
  /** Variable whose every value gets a copy of the section. */
  readonly repeat?: string;
  readonly panels: readonly Panel[];
}

const gridColumns = 24;

/** Places sections below each other, and the panels of each from left to right, line by line. */
export function layOut(sections: readonly Section[]): DashboardJson['panels'] {
  const placed: (PanelJson | RowJson)[] = [];
  let y = 0;
  for (const { title, repeat, panels } of sections) {
    const gridPos = { x: 0, y: y++, w: gridColumns, h: 1 };
    const row = { id: placed.length + 1, type: 'row', title, collapsed: false, gridPos } as const;
    placed.push({ ...row, panels: [], ...(repeat === undefined ? {} : { repeat }) });
    let x = 0;
    let lineHeight = 0;
    for (const panel of panels) {
      const { width: w, height: h } = panel;
      if (x + w > gridColumns) {
        y += lineHeight;
        x = lineHeight = 0;
      }
      placed.push(panelJson(panel, placed.length + 1, { x, y, w, h }));
      x += w;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return placed;
}

function panelJson(panel: Panel, id: number, gridPos: GridPosition): PanelJson {
  const { type, title, question, queries, isInstant, defaults, overrides, options } = panel;
  return {
    id,
    type,
    title,
    description: question,
    gridPos,
    datasource,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      expr,
      legendFormat: legend,
      instant: isInstant,
      range: !isInstant,
      datasource,
    })),
    fieldConfig: { defaults, overrides },
    options,
  };
}
