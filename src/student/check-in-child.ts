import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BundleManifest } from '../registry/bundle.js';
import type { Finding } from './check-bundle.js';

/** What `check-process.ts` says. */
export type CheckMessage =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'run' }
  | { readonly kind: 'done'; readonly manifest: BundleManifest | null };

export interface ChildCheck {
  readonly findings: readonly Finding[];
  /** Null where it can not be read, or the check did not come to its end. */
  readonly manifest: BundleManifest | null;
}

export interface ChildCheckOptions {
  /** Told of each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void;
  /** Longest time without a word of the check, ms: about one run of the model. Default 120 000. */
  readonly silentMsMax?: number;
}

/** A run of a model that somebody waits for takes seconds; loading 2 GB takes a minute. */
const defaultSilentMs = 120_000;

/**
 * Checks a bundle as `checkBundle` does, in a process of its own: a run can not be cut short, and a
 * process can be killed.
 */
export function checkInChild(dir: string, options: ChildCheckOptions = {}): Promise<ChildCheck> {
  const { onFinding, silentMsMax = defaultSilentMs } = options;
  const findings: Finding[] = [];
  let manifest: BundleManifest | null = null;
  let isDone = false;
  let isLate = false;
  const add = (finding: Finding): void => {
    findings.push(finding);
    onFinding?.(finding);
  };
  const child = fork(fileURLToPath(new URL('./check-process.js', import.meta.url)), [dir], {
    execArgv: [],
  });
  const kill = (): void => {
    isLate = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(kill, silentMsMax);

  child.on('message', (message: CheckMessage) => {
    clearTimeout(timer);
    timer = setTimeout(kill, silentMsMax);
    if (message.kind === 'finding') add(message.finding);
    if (message.kind !== 'done') return;
    isDone = true;
    manifest = message.manifest;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (isLate) add({ kind: 'problem', text: tooLong(silentMsMax) });
      else if (!isDone) add({ kind: 'problem', text: ended(signal ?? `code ${code ?? 0}`) });
      resolve({ findings, manifest });
    });
  });
}

const tooLong = (silentMsMax: number): string =>
  `the model has not ended its work within ${silentMsMax / 1000} s: it has an endless loop, or ` +
  'is far too slow to serve. If it only takes long to load, give check a longer --limit';
const ended = (how: string): string =>
  `the process in which the model was tried has ended (${how}): it may need more memory than ` +
  'there is, or ONNX Runtime may have aborted';
