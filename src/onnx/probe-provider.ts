import { fork, type ChildProcess } from 'node:child_process';
import { lastWordsOf } from '../files/last-words.js';
import type { ExecutionProvider } from './execution-provider.js';
import type { ProbeFailure } from './explain-probe-failure.js';

/** The one message of `probe-process.ts`. */
export type ProbeMessage =
  { readonly kind: 'works' } | { readonly kind: 'failed'; readonly reason: string };

export interface ProbeOptions {
  /** Compiled entry of the process, which takes the provider as its argument. */
  readonly entry: string;
  readonly timeoutMs: number;
}

/** Last characters of standard error that are kept: a few lines of ONNX Runtime's log. */
const lastWordsChars = 4000;

/**
 * Tries a provider in a process of its own: ONNX Runtime aborts on some broken installations of
 * CUDA, and no `catch` in this process would hear of it.
 *
 * @returns  null when it works. Never rejects.
 */
export async function probeProvider(
  provider: ExecutionProvider,
  { entry, timeoutMs }: ProbeOptions,
): Promise<ProbeFailure | null> {
  let child: ChildProcess;
  try {
    // Without the gateway's own options: a probe needs no debugger, and its port is taken.
    child = fork(entry, [provider], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  } catch (cause) {
    return { kind: 'unstartable', reason: String(cause) };
  }
  const failure = await hear(child, timeoutMs);
  abandon(child);
  return failure;
}

function hear(child: ChildProcess, timeoutMs: number): Promise<ProbeFailure | null> {
  const lastWords = lastWordsOf(child.stderr!, lastWordsChars);
  let first: { readonly message: unknown } | null = null;

  return new Promise((resolve) => {
    const end = (failure: ProbeFailure | null): void => {
      clearTimeout(timer);
      resolve(failure);
    };
    const timer = setTimeout(() => {
      end(
        first === null
          ? { kind: 'hung', timeoutMs, lastWords: lastWords() }
          : judge(first, lastWords()),
      );
    }, timeoutMs);
    child.on('error', (cause) => end({ kind: 'unstartable', reason: cause.message }));
    child.on('message', (message) => {
      first ??= { message };
      if (isMessage(message) && message.kind === 'works') end(null);
    });
    // After a failure the end is waited for: the library that is missing is named on stderr alone.
    child.on('close', (code, signal) => {
      if (first !== null) end(judge(first, lastWords()));
      else if (signal !== null) end({ kind: 'killed', signal, lastWords: lastWords() });
      else end({ kind: 'exited', code: code ?? 0, lastWords: lastWords() });
    });
  });
}

function judge({ message }: { message: unknown }, lastWords: string): ProbeFailure | null {
  if (!isMessage(message)) return { kind: 'garbage', got: JSON.stringify(message) };
  return message.kind === 'works' ? null : { ...message, lastWords };
}

function isMessage(message: unknown): message is ProbeMessage {
  const { kind, reason } = Object(message) as Readonly<Record<string, unknown>>;
  return kind === 'works' || (kind === 'failed' && typeof reason === 'string');
}

/** A process that hangs in a driver outlives SIGKILL: nothing of it may keep the gateway. */
function abandon(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stderr!.destroy();
  if (child.connected) child.disconnect();
  child.unref();
}
