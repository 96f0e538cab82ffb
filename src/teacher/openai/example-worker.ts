import { serveThread } from '../../threads/serve-thread.js';
import { yieldToOthers } from '../../threads/yield-to-others.js';
import type { ChatExample } from './chat-messages.js';
import { createPoolFiller, type ExamplePool, type PoolFiller } from './example-pool.js';

/** The thread behind `createExampleSearch`: one pool, and the next one while it is filled. */
export type ExampleCall =
  | { readonly kind: 'start'; readonly examplesMax: number }
  | { readonly kind: 'add'; readonly examples: readonly ChatExample[] }
  | { readonly kind: 'finish' }
  | { readonly kind: 'find'; readonly text: string; readonly countMax: number }
  | { readonly kind: 'forget' };

/** A count of examples; examples; null: it has none, or there is nothing to say. */
export type ExampleReply = number | readonly ChatExample[] | null;

yieldToOthers(); // Whoever waits for examples waits for a teacher, too.

await serveThread<ExampleCall, ExampleReply>(() => {
  let filler: PoolFiller | null = null;
  let pool: ExamplePool | null = null;

  function answer(call: ExampleCall): ExampleReply {
    switch (call.kind) {
      case 'start':
        filler = createPoolFiller(call.examplesMax);
        return null;
      case 'add':
        filling().add(call.examples);
        return null;
      case 'finish':
        pool = filling().pool();
        filler = null;
        return pool.count;
      case 'find':
        return pool === null ? null : pool.likest(call.text, call.countMax);
      case 'forget':
        filler = pool = null;
        return null;
    }
  }
  function filling(): PoolFiller {
    if (filler === null) throw new Error('The pool that was being filled is gone.');
    return filler;
  }

  return { answer: (call) => ({ result: answer(call) }), close: () => {} };
});
