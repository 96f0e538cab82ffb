import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { OpenLoopOptions, OpenLoopResult } from './open-loop.js';
import type { SaturateOptions, SaturateResult } from './saturate.js';

/** An open loop as it can be sent to another process. */
export interface OpenLoopJob extends Omit<OpenLoopOptions, 'draw' | 'groupOf'> {
  readonly seed: number;
  /** Field of an answer's JSON whose value names its group; null: all are one group, `all`. */
  readonly groupField: string | null;
}

export type GeneratorJob =
  | { readonly kind: 'open-loop'; readonly job: OpenLoopJob }
  | { readonly kind: 'saturate'; readonly job: SaturateOptions };

export type GeneratorReply =
  | { readonly kind: 'open-loop'; readonly result: Packed<OpenLoopResult> }
  | { readonly kind: 'saturate'; readonly result: Packed<SaturateResult> }
  | { readonly kind: 'failed'; readonly message: string };

/** Histograms travel as compressed base64. */
export type Packed<T> = {
  readonly [K in keyof T]: T[K] extends Histogram
    ? string
    : T[K] extends ReadonlyMap<string, Histogram>
      ? ReadonlyMap<string, string>
      : T[K];
};

/** A load generator in a process of its own: its event loop is not the measurer's. */
export interface Generator {
  openLoop(job: OpenLoopJob): Promise<OpenLoopResult>;
  saturate(job: SaturateOptions): Promise<SaturateResult>;
  stop(): Promise<void>;
}

/** Starts a generator. It ends with this process, however that ends; one job at a time. */
export function startGenerator(): Generator {
  const entry = fileURLToPath(new URL('./generator-process.js', import.meta.url));
  const child = fork(entry, [], { serialization: 'advanced', execArgv: [] });

  return {
    async openLoop(job) {
      const reply = await ask(child, { kind: 'open-loop', job });
      if (reply.kind !== 'open-loop') throw unexpected(reply);
      const { latencyUs, refusedUs, latenessUs, ...rest } = reply.result;
      return {
        ...rest,
        latencyUs: unpackAll(latencyUs),
        refusedUs: unpackAll(refusedUs),
        latenessUs: unpack(latenessUs),
      };
    },
    async saturate(job) {
      const reply = await ask(child, { kind: 'saturate', job });
      if (reply.kind !== 'saturate') throw unexpected(reply);
      return { ...reply.result, roundTripUs: unpack(reply.result.roundTripUs) };
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function ask(child: ChildProcess, job: GeneratorJob): Promise<GeneratorReply> {
  const abort = new AbortController();
  const { signal } = abort;
  child.send(job);
  try {
    const answered = once(child, 'message', { signal }) as Promise<[GeneratorReply]>;
    const ended = once(child, 'exit', { signal }).then(() => null);
    const first = await Promise.race([answered, ended]);
    if (first === null) throw new Error('The load generator has ended.');
    return first[0];
  } finally {
    abort.abort();
  }
}

const unexpected = (reply: GeneratorReply): Error =>
  new Error(`The load generator: ${reply.kind === 'failed' ? reply.message : reply.kind}`);

const unpack = (packed: string): Histogram => decodeFromCompressedBase64(packed, 64, false);
const unpackAll = (packed: ReadonlyMap<string, string>): ReadonlyMap<string, Histogram> =>
  new Map([...packed].map(([group, text]) => [group, unpack(text)]));
