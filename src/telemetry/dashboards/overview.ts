import { metricList } from '../metric-list.js';
import { datasource, type AnnotationJson, type DashboardJson } from './grafana-json.js';
import type { VariableJson } from './grafana-json.js';
import { layOut } from './layout.js';
import { series } from './promql.js';
import { gatewaySection } from './sections/gateway.js';
import { moneySection } from './sections/money.js';
import { nowSection } from './sections/now.js';
import { policySection } from './sections/policy.js';
import { studentSection } from './sections/student.js';
import { taskSection } from './sections/task.js';
import { teacherSection } from './sections/teacher.js';
import { trafficSection } from './sections/traffic.js';

/**
 * Builds the Overview dashboard, from the big question to the small one. `npm run dashboards`
 * writes it to `deploy/grafana/dashboards/overview.json`.
 */
export const overviewDashboard = (): DashboardJson => ({
  uid: 'understudy-overview',
  title: 'Understudy Overview',
  description: 'Latency, share and cost by route, and whether the promise is kept.',
  tags: ['understudy'],
  schemaVersion: 42,
  editable: true,
  graphTooltip: 1, // One crosshair over all panels.
  refresh: '5s',
  time: { from: 'now-30m', to: 'now' },
  timezone: 'browser',
  links: [],
  annotations: { list: [promotions(), certificatesLost()] },
  templating: { list: variables() },
  panels: layOut([
    nowSection(),
    trafficSection(),
    moneySection(),
    taskSection(),
    studentSection(),
    teacherSection(),
    policySection(),
    gatewaySection(),
  ]),
});

/** Grafana steps through annotations in minutes; each event must meet one step, and only one. */
const annotationStep = '60s';

/**
 * A version that serves and did not a minute ago, where another one did: a change of the student,
 * by promotion or rollback, but neither a first start, a restart nor one more replica.
 */
function promotions(): AnnotationJson {
  const info = series('studentInfo');
  const versions = `group by (task, version) (last_over_time(${info}[1m]))`;
  return annotation({
    name: 'Student changed',
    iconColor: 'green',
    expr:
      `group by (task, version) (${info} unless ${info} offset 1m) ` +
      `and on (task) count by (task) (${versions}) > 1`,
    titleFormat: '{{task}}: another student answers',
    textFormat: '{{version}}',
  });
}

/** Zero nearly always; Grafana marks the moments above. */
const certificatesLost = (): AnnotationJson =>
  annotation({
    name: 'Certificate lost',
    iconColor: 'red',
    expr: `sum by (task) (increase(${series('certificateLost')}[1m]))`,
    titleFormat: '{{task}}: certificate lost',
    textFormat: 'Drift: the teacher answers everything until a threshold holds again.',
  });

const annotation = (
  given: Pick<AnnotationJson, 'name' | 'iconColor' | 'expr' | 'titleFormat' | 'textFormat'>,
): AnnotationJson => ({
  ...given,
  enable: true,
  datasource,
  step: annotationStep,
  tagKeys: 'task',
});

/** Gateways are what has this metric: always there, one series a task. */
const { name: everyTask } = metricList.riskMax;

const variables = (): VariableJson[] => [
  {
    name: 'datasource',
    label: 'Prometheus',
    type: 'datasource',
    query: 'prometheus',
    hide: 0,
    current: {},
  },
  labelVariable('task', 'Task', `label_values(${everyTask}, task)`),
  labelVariable('instance', 'Gateway', `label_values(${everyTask}{task=~"$task"}, instance)`),
];

const labelVariable = (name: string, label: string, query: string): VariableJson => ({
  name,
  label,
  type: 'query',
  datasource,
  definition: query,
  query: { query, refId: 'A' },
  refresh: 2, // When the time shown changes: a task that is new by then is in the list.
  sort: 1,
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] },
});
