import { hash } from 'node:crypto';

/**
 * Names a remote teacher by what it is asked, since nobody can look into it: a hash of everything
 * in its configuration that changes its answers. Where it runs, what it costs and how long it may
 * take are no part of that. Another model behind the same name has the same version, unless its
 * operator gives it another `revision`; that it answers otherwise is found by asking it again.
 */
export const teacherVersionOf = (kind: string, asked: unknown): string =>
  `${kind}-${hash('sha256', JSON.stringify(asked)).slice(0, 12)}`;
