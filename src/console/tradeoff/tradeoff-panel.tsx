import { useCallback, useState } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import type { TradeoffJson, TradeoffPointJson } from '../../http/api-types-tradeoff.js';
import { getTradeoff, updatePolicy } from '../api.js';
import { failureOf } from '../failure.js';
import { formatCount, formatShare, formatUsd } from '../format.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useFailure } from '../use-failure.js';
import { usePolled } from '../use-polled.js';
import { PlaceWords } from './place-words.js';
import { TradeoffChart } from './tradeoff-chart.js';

interface Props {
  readonly task: TaskJson;
  readonly onChange: () => void;
}

/** The curve moves slowly: one row in hundreds moves it by a hair. */
const curveMs = 6_000;

/** What each threshold would give, and the target that brings it about. */
export function TradeoffPanel({ task, onChange }: Props) {
  const { name } = task;
  const { value, failure, refresh } = usePolled(
    useCallback((signal) => getTradeoff(name, signal), [name]),
    curveMs,
  );
  const [chosen, setChosen] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [isSetting, setIsSetting] = useState(false);
  const [refusal, setRefusal] = useFailure();
  const points = value?.points ?? [];
  const hint = value === null ? '' : `from ${formatCount(value.holdoutRows)} holdout rows`;

  async function set(riskMax: number): Promise<void> {
    setRefusal(null);
    setIsSetting(true);
    try {
      await updatePolicy(name, { riskMax, ...(task.policy.mode === 'risk' ? {} : risk) });
      setChosen(null);
    } catch (error) {
      setRefusal(failureOf(error));
    } finally {
      setIsSetting(false);
      refresh();
      onChange();
    }
  }
  return (
    <Panel title="Tradeoff" class="tradeoff-panel" hint={hint}>
      {failure?.kind === 'problem' && <ProblemNote failure={failure} />}
      {value?.missing != null && <p class="empty">{value.missing}</p>}
      {value !== null && points.length > 0 && (
        <div class="tradeoff">
          <TradeoffChart
            tradeoff={value}
            chosen={chosen}
            pointed={pointed}
            onPoint={setPointed}
            onChoose={setChosen}
          />
          <div class="tradeoff-side">
            <PlaceWords
              title={titleOf(value, points[pointed ?? chosen ?? -1])}
              place={points[pointed ?? chosen ?? -1] ?? value.inForce}
            />
            <Choice
              tradeoff={value}
              point={points[chosen ?? -1]}
              isSetting={isSetting}
              onSet={(riskMax) => void set(riskMax)}
            />
            {refusal !== null && <ProblemNote failure={refusal} />}
          </div>
        </div>
      )}
    </Panel>
  );
}

const risk = { mode: 'risk' } as const;

function titleOf({ inForce }: TradeoffJson, point: TradeoffPointJson | undefined): string {
  if (point !== undefined) return `From a confidence of ${formatShare(point.threshold)}`;
  if (inForce === null) return 'Nothing in force: the teacher answers everything';
  return `In force: from a confidence of ${formatShare(inForce.threshold)}`;
}

interface ChoiceProps {
  readonly tradeoff: TradeoffJson;
  readonly point: TradeoffPointJson | undefined;
  readonly isSetting: boolean;
  readonly onSet: (riskMax: number) => void;
}

/** What setting the chosen point would do, and the button that does it. */
function Choice({ tradeoff, point, isSetting, onSet }: ChoiceProps) {
  const { points, policy } = tradeoff;
  if (point === undefined)
    return <p class="caption">Choose a point of the curve to see the target that it takes.</p>;
  const { target, refusal } = point;
  if (target === null)
    return (
      <p class="tradeoff-choice" role="status">
        {refusalWords(tradeoff)[refusal!]}
      </p>
    );
  const { riskMax, coverage } = target;
  const reached = points.find((other) => other.coverage.estimate >= coverage) ?? point;
  const costUsd = formatUsd(reached.costUsdPer1000Rows);
  const isInForce = riskMax === policy.riskMax && policy.mode === 'risk';
  return (
    <div class="tradeoff-choice" role="status">
      <p>
        Set the target to <b>{formatShare(riskMax, 2)}</b>: the student would answer about{' '}
        <b>{formatShare(coverage, 0)}</b>, at about <b>{costUsd}</b> per 1000 rows.
        {policy.mode !== 'risk' && ` Mode ${policy.mode} is left for mode risk.`}
      </p>
      <button
        type="button"
        class="button is-primary"
        disabled={isSetting || isInForce}
        onClick={() => onSet(riskMax)}
      >
        {isInForce ? 'This is the target now' : 'Set this target'}
      </button>
    </div>
  );
}

const refusalWords = ({
  riskFloor,
}: TradeoffJson): Readonly<Record<NonNullable<TradeoffPointJson['refusal']>, string>> => ({
  'too-few-rows': 'These rows certify no target there yet: it takes more of them.',
  'below-floor':
    `Out of reach: its target would be below ${formatShare(riskFloor)}, and the teacher differs ` +
    'from itself so often that no student could keep it.',
  'label-missed':
    'Out of reach: with so low a threshold a label that has a missMax would be missed too often.',
});
