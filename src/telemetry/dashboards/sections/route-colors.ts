import type { RouteName } from '../../../http/api-types.js';
import type { OverrideJson } from '../grafana-json.js';
import { painted } from '../panels.js';

/** A route has one colour everywhere; `labelling` is off the callers' path. */
const colors: Readonly<Record<RouteName | 'labelling', string>> = {
  student: 'green',
  cache: 'blue',
  teacher: 'orange',
  degraded: 'red',
  labelling: 'purple',
};

export const routeColors: readonly OverrideJson[] = Object.entries(colors).map(([route, color]) =>
  painted(route, color),
);
