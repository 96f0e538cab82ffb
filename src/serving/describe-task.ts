import type { RowCounts } from '../capture/capture.js';
import type { IntervalJson, TaskJson, TeacherStateJson } from '../http/api-types.js';
import type { ProviderChoice } from '../onnx/choose-provider.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { TaskSpec } from '../task/task.js';
import type { Teacher } from '../teacher/teacher.js';
import type { ServedTeacher } from './answering-teacher.js';
import { explainCertificate } from './explain-certificate.js';
import type { Guarantee } from './guarantee.js';
import type { TeacherModel } from './task-parts.js';
import { policyJsonOf } from './policy-json.js';
import type { PromiseView } from './promise-view.js';
import { shownCertificate } from './shown-certificate.js';
import { shownInputDrift } from './shown-input-drift.js';
import type { TeacherBudget } from './teacher-budget.js';
import type { HoldoutPace } from './holdout-pace.js';
import type { TeacherAgreement } from './teacher-agreement.js';
import type { TrafficLog } from './traffic-log.js';

export interface DescribedParts {
  readonly spec: TaskSpec;
  readonly teacher: Teacher;
  readonly teacherModel: TeacherModel;
  readonly teachers: readonly ServedTeacher[];
  readonly guarantee: Guarantee;
  readonly budget: Pick<TeacherBudget, 'state'>;
  readonly selfAgreement: TeacherAgreement;
  readonly pace: HoldoutPace;
  readonly promise: Pick<PromiseView, 'holdoutRate' | 'threshold'>;
  readonly traffic: TrafficLog;
  readonly hasSamples: boolean;
  readonly providers: ProviderChoice;
}

/** What of a task changes from moment to moment. */
export interface TaskMoment {
  readonly student: OnnxStudent | null;
  readonly studentCostPerRowUsd: (student: OnnxStudent) => number;
  readonly agreement: IntervalJson | null;
  readonly counts: RowCounts;
  readonly pendingRows: number;
}

/** Puts together what `GET /v1/tasks/{task}` says. */
export function describeTask(parts: DescribedParts, moment: TaskMoment): TaskJson {
  const { spec, teacher, teacherModel, guarantee, budget, selfAgreement, traffic } = parts;
  const { student, counts } = moment;
  const { policy } = guarantee;
  return {
    name: spec.name,
    title: spec.title,
    input: spec.input,
    labels: spec.labels,
    student: student && {
      version: student.version,
      architecture: student.manifest.model.architecture,
      multiplyAdds: student.manifest.model.multiplyAdds,
      costPerRowUsd: moment.studentCostPerRowUsd(student),
      runMs: student.runMs,
      runRowsMax: student.runRowsMax(),
      runsOn: student.runnerKind === 'inline' ? 'event-loop' : 'threads',
      batching: student.batching,
    },
    executionProvider: parts.providers.provider,
    refusedProviders: parts.providers.refused,
    teacher: {
      name: teacher.name,
      version: teacher.version,
      architecture: teacherModel.architecture,
      multiplyAdds: teacherModel.multiplyAdds,
      costPerRowUsd: teacher.costPerRowUsd,
      selfAgreement: selfAgreement.interval(),
      riskFloor: selfAgreement.riskFloor(),
      changedAtMs: selfAgreement.changedAtMs(),
    },
    teachers: parts.teachers.map(teacherStateOf),
    policy: policyJsonOf(policy),
    certificate: explainCertificate(shownCertificate(guarantee), { ...parts, policy }),
    driftAlarm: guarantee.driftAlarm,
    inputDrift: shownInputDrift(guarantee, parts.promise),
    budget: budget.state,
    holdoutRate: parts.promise.holdoutRate,
    coverage: traffic.coverage(),
    agreement: moment.agreement,
    rows: {
      captured: counts.rows,
      holdout: counts.holdoutRows,
      pending: moment.pendingRows,
    },
    totals: traffic.totals(),
    hasSamples: parts.hasSamples,
  };
}

function teacherStateOf({ teacher, weight, state }: ServedTeacher): TeacherStateJson {
  const { breaker, waitMs, ...calls } = state();
  const { name, version, costPerRowUsd } = teacher;
  return { name, version, costPerRowUsd, weight, breaker, waitMs: Math.ceil(waitMs), ...calls };
}
