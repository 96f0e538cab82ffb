import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BundleManifest } from '../registry/bundle.js';
import type { Finding } from './check-bundle.js';

/** What `check-process.ts` says. */
export type CheckMessage =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'run' }
  /** It is known whether it can be served. What comes after it is no more than a note. */
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
  /** Of what can be served it is said, too, whether runs can train it further; default: not. */
  readonly isTrainingTold?: boolean;
}

/** An argument of `check-process.ts`. */
export const trainingFlag = '--training';

/** A run of a model that somebody waits for takes seconds; loading 2 GB takes a minute. */
const defaultSilentMs = 120_000;

/**
 * Checks a bundle as `checkBundle` does, in a process of its own: a run can not be cut short, and a
 * process can be killed.
 */
export function checkInChild(dir: string, options: ChildCheckOptions = {}): Promise<ChildCheck> {
  const { onFinding, silentMsMax = defaultSilentMs, isTrainingTold = false } = options;
  const findings: Finding[] = [];
  let manifest: BundleManifest | null = null;
  let isDone = false;
  let isLate = false;
  let isTold = !isTrainingTold;
  const add = (finding: Finding): void => {
    findings.push(finding);
    onFinding?.(finding);
  };
  const entry = fileURLToPath(new URL('../check-process.js', import.meta.url));
  const flags = isTrainingTold ? [trainingFlag] : [];
  const child = fork(entry, [dir, ...flags], { execArgv: [] });
  const kill = (): void => {
    isLate = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(kill, silentMsMax);

  child.on('message', (message: CheckMessage) => {
    clearTimeout(timer);
    timer = setTimeout(kill, silentMsMax);
    if (message.kind === 'finding') add(message.finding);
    if (message.kind === 'finding' && isDone) isTold = true;
    if (message.kind !== 'done') return;
    isDone = true;
    manifest = message.manifest;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = signal ?? `code ${code ?? 0}`;
      if (!isDone) add({ kind: 'problem', text: isLate ? tooLong(silentMsMax) : ended(how) });
      else if (!isTold && findings.every(({ kind }) => kind !== 'problem'))
        add({ kind: 'note', text: untold(isLate ? `in ${silentMsMax / 1000} s` : `(${how})`) });
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
const untold = (how: string): string =>
  `whether a run can train it further was not found out ${how}: a run will say`;
