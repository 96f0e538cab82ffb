import { useMemo, useState } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import { AnswerCard } from '../draw/answer-card.js';
import { RouteChoice } from '../draw/route-choice.js';
import { useAnswer, type AskedRoute, type Question } from '../draw/use-answer.js';
import { useSamples } from '../draw/use-samples.js';
import type { Failure } from '../failure.js';
import { shortList } from '../format.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { TypedForm } from './typed-form.js';
import { typedKindOf } from './typed-kind.js';

/**
 * Type an input, or take a real one, and see who answers it. Asks when told to: half a word is no
 * question, and what the teacher answers is captured.
 */
export function TypedPanel({ task }: { readonly task: TaskJson }) {
  const kind = useMemo(() => typedKindOf(task.input), [task.name]);
  const [typed, setTyped] = useState('');
  const [sampleLabel, setSampleLabel] = useState<string | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [misread, setMisread] = useState<Failure | null>(null);
  const [route, setRoute] = useState<AskedRoute>('auto');
  const samples = useSamples(task.name);
  const { answer, failure, isAsking } = useAnswer(task.name, question, route);

  function type(text: string, label: string | null = null): void {
    setTyped(text);
    setSampleLabel(label);
  }
  function ask(text: string): void {
    if (text.trim() === '') return;
    const read = kind.read(text);
    setMisread('failure' in read ? read.failure : null);
    setQuestion('failure' in read ? null : read);
  }
  async function takeSample(): Promise<void> {
    const taken = await samples.takeSample();
    if (taken === null) return;
    const text = kind.show(taken.input);
    type(text, taken.label);
    ask(text);
  }
  const shownFailure = misread ?? failure ?? samples.failure;

  return (
    <Panel title="Try it" class="draw-panel" hint={`One of ${shortList(task.labels)}`}>
      <div class="draw is-typed">
        <TypedForm
          {...{ task, kind, typed, sampleLabel }}
          onType={type}
          onAsk={() => ask(typed)}
          onSample={() => void takeSample()}
        >
          <RouteChoice value={route} onChange={setRoute} />
        </TypedForm>
        <div class="draw-answer" aria-busy={isAsking}>
          {shownFailure === null ? (
            <AnswerCard
              {...{ answer, task, isAsking }}
              hint="Press Ask (or Ctrl and Enter): the label, who gave it, and why."
            />
          ) : (
            <ProblemNote failure={shownFailure} />
          )}
        </div>
      </div>
    </Panel>
  );
}
