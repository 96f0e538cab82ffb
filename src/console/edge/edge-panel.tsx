import type { TaskJson } from '../../http/api-types.js';
import { fromBase64 } from '../draw/base64.js';
import { GreyImage } from '../draw/grey-image.js';
import type { ImageSize } from '../draw/normalise-ink.js';
import { formatBytes, formatMs } from '../format.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { edgeRowsMax, useEdge, type EdgeRow, type EdgeState } from './use-edge.js';

/** The serving student's bundle in this browser, beside the gateway's answers. */
export function EdgePanel({ task }: { readonly task: TaskJson }) {
  const version = task.student?.version ?? null;
  const { state, look } = useEdge(task, version);
  const { stage, student, rows, failure } = state;
  const size = task.input.kind === 'image' && task.input.channels === 1 ? task.input : null;
  const isBusy = stage === 'loading' || stage === 'running';
  return (
    <Panel
      title="In this browser"
      class="edge-panel"
      hint="the same bundle, by onnxruntime-web"
      actions={
        <button
          type="button"
          class="button"
          disabled={version === null || isBusy}
          onClick={() => void look()}
        >
          {buttonWords[stage]}
        </button>
      }
    >
      {failure !== null && <ProblemNote failure={failure} />}
      {student === null ? (
        <p class="empty">
          {stage === 'loading'
            ? 'Loading the runtime and the bundle \u2026'
            : `Takes the student's bundle and runs it here, on ${edgeRowsMax} real inputs: what ` +
              'the gateway serves, edge devices can. Loads 14\u00a0MB of WebAssembly, once.'}
        </p>
      ) : (
        <>
          <EdgeFacts state={state} student={student} />
          {size !== null && (
            <ul class="edge-rows" aria-label="Inputs answered here and by the gateway">
              {rows.map((row, index) => (
                <EdgeImage key={index} row={row} size={size} />
              ))}
            </ul>
          )}
        </>
      )}
    </Panel>
  );
}

const buttonWords: Readonly<Record<EdgeState['stage'], string>> = {
  idle: 'Run it here',
  loading: 'Loading \u2026',
  running: 'Running \u2026',
  done: 'Run it again',
};

interface EdgeFactsProps {
  readonly state: EdgeState;
  readonly student: NonNullable<EdgeState['student']>;
}

function EdgeFacts({ state: { rows, stage }, student }: EdgeFactsProps) {
  const same = rows.filter(({ here, gateway }) => here.label === gateway.label).length;
  const gap = Math.max(0, ...rows.map((row) => row.gap));
  const gatewayMs = rows.flatMap(({ gateway }) => gateway.studentMs ?? []);
  return (
    <dl class="facts edge-facts" data-testid="edge" data-stage={stage} aria-live="polite">
      <dt>Bundle</dt>
      <dd>
        <b class="mono">{student.version}</b> {student.architecture},{' '}
        {formatBytes(student.modelBytes)}, loaded in {formatMs(student.loadMs)}
      </dd>
      <dt>Same label as the gateway</dt>
      <dd>
        <b data-testid="edge-same">
          {same} of {rows.length}
        </b>
      </dd>
      <dt title="Of one label's probability, on any of these inputs">Largest difference</dt>
      <dd>
        <b data-testid="edge-gap">{gap.toExponential(1)}</b> of probability
      </dd>
      <dt>A run, median</dt>
      <dd>
        <b>{formatMs(medianOf(rows.map(({ here }) => here.runMs)))}</b> here,{' '}
        {formatMs(medianOf(gatewayMs))} in the gateway
      </dd>
    </dl>
  );
}

function EdgeImage({ row, size }: { readonly row: EdgeRow; readonly size: ImageSize }) {
  const { sample, here, gateway } = row;
  const isSame = here.label === gateway.label;
  return (
    <li class={isSame ? '' : 'is-other'}>
      <GreyImage
        image={fromBase64(sample.input as string)}
        size={size}
        label={`A real input, labelled ${sample.label}`}
      />
      <span>
        <b>{here.label}</b> {isSame ? '=' : '\u2260'} {gateway.label}
      </span>
    </li>
  );
}

const medianOf = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
