import type { TaskJson } from '../../http/api-types.js';
import { formatCount, formatRows, formatShare, formatSum } from '../format.js';
import { IntervalBar } from '../parts/interval-bar.js';
import { ProgressBar } from '../parts/progress-bar.js';
import { meanings } from '../words.js';
import { CertificateCard } from './certificate-card.js';
import { DriftAlarm, InputDrift } from './drift-alarm.js';
import { LabelTargets } from './label-targets.js';
import { ModelLine } from './model-line.js';
import { StatTile } from './stat-tile.js';

interface Props {
  readonly task: TaskJson;
  readonly nowMs: number;
}

/** How the task stands: promise, certificate, agreement, coverage, money, rows. */
export function TaskStatus({ task, nowMs }: Props) {
  const { agreement, coverage, totals, rows, policy } = task;
  const { labels } = task.certificate;
  const isPromising = policy.mode === 'risk' || policy.mode === 'shadow';
  const answered = Object.values(totals.rowsByRoute).reduce((sum, count) => sum + count, 0);
  const teacherForAllUsd = totals.costUsd + totals.avoidedCostUsd;
  const avoidedShare = teacherForAllUsd > 0 ? totals.avoidedCostUsd / teacherForAllUsd : 0;
  return (
    <section class="panel status" aria-label="How the task stands">
      {task.inputDrift !== null && <InputDrift drift={task.inputDrift} nowMs={nowMs} />}
      {task.driftAlarm !== null && <DriftAlarm alarm={task.driftAlarm} nowMs={nowMs} />}
      <CertificateCard task={task} nowMs={nowMs} />
      <StatTile
        name="Agreement"
        meaning={meanings.agreement}
        value={agreement === null ? '\u2013' : formatShare(agreement.estimate)}
        note={
          agreement === null
            ? 'no student answer on a holdout row yet'
            : `${formatShare(agreement.low)} to ${formatShare(agreement.high)} ` +
              `on ${formatRows(agreement.rows)}`
        }
      >
        {agreement !== null && <IntervalBar interval={agreement} target={1 - policy.riskMax} />}
      </StatTile>
      <StatTile
        name="Coverage"
        meaning={meanings.coverage}
        value={coverage === null ? '\u2013' : formatShare(coverage)}
        note={
          coverage === null
            ? 'no traffic yet'
            : `by the student, of the last ${formatRows(Math.min(1000, answered))}`
        }
      >
        <ProgressBar share={coverage ?? 0} label="Coverage" class="of-student" />
      </StatTile>
      <StatTile
        name="Money avoided"
        meaning={meanings.avoided}
        value={formatSum(totals.avoidedCostUsd)}
        note={<span title={meanings.spent}>{formatSum(totals.costUsd)} spent since the start</span>}
      >
        <ProgressBar share={avoidedShare} label="Share of cost avoided" class="of-student" />
      </StatTile>
      <StatTile
        name="Captured rows"
        meaning={meanings.capture}
        value={formatCount(rows.captured)}
        note={
          <span title={meanings.holdout}>
            {formatCount(rows.holdout)} of them holdout, {formatShare(task.holdoutRate, 0)} of
            traffic
          </span>
        }
      >
        <ProgressBar
          share={rows.captured === 0 ? 0 : rows.holdout / rows.captured}
          label="Share of holdout rows"
          class="of-teacher"
        />
      </StatTile>
      {isPromising && labels.length > 0 && <LabelTargets certificates={labels} />}
      <ModelLine task={task} />
    </section>
  );
}
