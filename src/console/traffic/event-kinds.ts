export type EventTone = 'good' | 'bad' | 'calm';

const tones: Readonly<Record<string, EventTone>> = {
  'certificate-won': 'good',
  'certificate-lost': 'bad',
  'inputs-drifted': 'bad',
  'inputs-settled': 'good',
  'teacher-changed': 'bad',
  'student-promoted': 'good',
  'student-rolled-back': 'bad',
  'run-promoted': 'good',
  'run-rejected': 'bad',
  'run-untrainable': 'bad',
  'run-failed': 'bad',
};

export const toneOf = (kind: string): EventTone => tones[kind] ?? 'calm';

/** `certificate-won` -> `Certificate won`. */
export const titleOf = (kind: string): string =>
  kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ');

/** Kinds that change what answers: these are marked in the charts. */
const markedKinds = new Set([
  'certificate-won',
  'certificate-lost',
  'inputs-drifted',
  'teacher-changed',
  'student-promoted',
  'student-rolled-back',
  'policy-changed',
]);
export const isMarked = (kind: string): boolean => markedKinds.has(kind);
