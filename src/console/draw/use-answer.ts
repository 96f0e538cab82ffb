import { useEffect, useState } from 'preact/hooks';
import type { AnswerJson, PredictInputJson, PredictRequestBody } from '../../http/api-types.js';
import { predict } from '../api.js';
import { failureOf, type Failure } from '../failure.js';

export type AskedRoute = NonNullable<PredictRequestBody['route']>;

/** An input to ask about; another object is another question, even of an equal input. */
export interface Question {
  readonly input: PredictInputJson;
}

export interface AnswerState {
  /** The newest answer; of an older question while `isAsking`. */
  readonly answer: AnswerJson | null;
  readonly failure: Failure | null;
  readonly isAsking: boolean;
}

/** The pen has paused for so long: time to ask. */
const pauseMs = 250;
const retryMs = 2_000;

/** Asks the gateway once a question has stopped changing; again when it was unreachable. */
export function useAnswer(task: string, question: Question | null, route: AskedRoute): AnswerState {
  const [state, setState] = useState<AnswerState>(nothing);

  useEffect(() => {
    if (question === null) {
      setState(nothing);
      return;
    }
    const stop = new AbortController();
    const body: PredictRequestBody = { input: question.input, probabilities: true, route };
    let timer = 0;
    async function ask(): Promise<void> {
      try {
        const answer = await predict(task, body, stop.signal);
        if (!stop.signal.aborted) setState({ answer, failure: null, isAsking: false });
      } catch (error) {
        if (stop.signal.aborted) return;
        const failure = failureOf(error, { isRetried: true });
        setState({ answer: null, failure, isAsking: false });
        if (failure.kind === 'unreachable') askIn(retryMs);
      }
    }
    const askIn = (ms: number): void => void (timer = window.setTimeout(() => void ask(), ms));
    setState((before) => ({ ...before, isAsking: true }));
    askIn(pauseMs);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [task, question, route]);
  return state;
}

const nothing: AnswerState = { answer: null, failure: null, isAsking: false };
