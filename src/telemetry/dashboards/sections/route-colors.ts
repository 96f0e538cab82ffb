import type { RouteName } from '../../../http/api-types.js';
import type { OverrideJson } from '../grafana-json.js';
import { painted } from '../panels.js';

/** A route has one colour everywhere; `audit` is what the teacher costs off the callers' path. */
const colors: Readonly<Record<RouteName | 'audit', string>> = {
  student: 'green',
  cache: 'blue',
  teacher: 'orange',
  degraded: 'red',
  audit: 'purple',
};

export const routeColors: readonly OverrideJson[] = Object.entries(colors).map(([route, color]) =>
  painted(route, color),
);
