import { TeacherFailedError } from '../../errors.js';
import { keepOpen } from '../../threads/keep-open.js';
import { openThread, type Thread, type ThreadErrors } from '../../threads/thread.js';
import type { ChatExample } from './chat-messages.js';
import type { ExampleCall, ExampleReply } from './example-worker.js';

/** Searches a pool of examples; another one can be filled meanwhile. */
export interface ExampleSearch {
  /** Begins the next pool. @param examplesMax  so many are added at most. */
  start(examplesMax: number): Promise<void>;
  /** Adds to the next pool, newest first. */
  add(examples: readonly ChatExample[]): Promise<void>;
  /** Puts the next pool in the place of the present one. @returns how many examples it has. */
  finish(): Promise<number>;
  /** @returns null where there is no pool. */
  find(text: string, countMax: number): Promise<readonly ChatExample[] | null>;
  /** Gives up both pools. */
  forget(): void;
  close(): Promise<void>;
}

type ExampleThread = Thread<ExampleCall, ExampleReply>;

/**
 * Searches in a thread of its own, which the first use starts: an index of 20 000 texts takes
 * seconds to make and milliseconds to search, and the event loop has sure rows to answer.
 *
 * Its calls throw {TeacherFailedError} when the thread can not be started, or has ended.
 *
 * @param name  of the teacher.
 */
export function createExampleSearch(name: string): ExampleSearch {
  let isUsed = false;
  const failed = (message: string, cause?: Error): TeacherFailedError =>
    new TeacherFailedError(
      `Examples for teacher ${name} can not be found: ${message}`,
      {},
      { cause },
    );
  const errors: ThreadErrors = {
    refused: failed,
    failed,
    ended: (cause) => failed('their thread has ended.', cause),
  };
  const url = new URL('./example-worker.js', import.meta.url);
  const kept = keepOpen<ExampleThread>({
    open: () => openThread({ url, data: null, errors }),
    refused: (cause) => failed(cause.message, cause),
    closed: () => failed('the teacher is closed.'),
  });
  function call(argument: ExampleCall): Promise<ExampleReply> {
    isUsed = true;
    return kept.use((thread) => thread.call(argument));
  }
  return {
    start: async (examplesMax) => void (await call({ kind: 'start', examplesMax })),
    add: async (examples) => void (await call({ kind: 'add', examples })),
    finish: async () => (await call({ kind: 'finish' })) as number,
    find: async (text, countMax) =>
      (await call({ kind: 'find', text, countMax })) as readonly ChatExample[] | null,
    forget() {
      if (isUsed) call({ kind: 'forget' }).catch(() => {}); // Without its thread there is nothing.
    },
    close: () => kept.close(),
  };
}
