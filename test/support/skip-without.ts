import { spawnSync } from 'node:child_process';

/** Set to `1` where a skip must not pass for a success, as in `.ci/run`. */
const allVariable = 'UNDERSTUDY_TEST_ALL';
/** Programs that may be missing all the same, separated by commas. */
const exceptVariable = 'UNDERSTUDY_TEST_WITHOUT';

export interface Need {
  /** What the tests cannot do without: a program's name, or words. */
  readonly what: string;
  /** How to get it. */
  readonly hint: string;
}

/**
 * Says why tests are skipped without something.
 *
 * @param env  the environment; in it `UNDERSTUDY_TEST_ALL=1` forbids to skip.
 * @returns    the reason, for the option `skip` of a test; false when what they need is there.
 * @throws {Error} naming it, when it is missing and nothing may be skipped.
 */
export function skipUnless(
  isThere: boolean,
  { what, hint }: Need,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | false {
  if (isThere) return false;
  const reason = `${what} is not there: ${hint}`;
  const mayBeMissing = (env[exceptVariable] ?? '').split(',').includes(what);
  if (env[allVariable] === '1' && !mayBeMissing)
    throw new Error(`Nothing may be skipped here (${allVariable}=1), and ${reason}`);
  return reason;
}

/** Why tests that need a program are skipped, or false when it is there. @throws as above. */
export function skipWithout(program: string, hint: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return skipUnless(error === undefined, { what: program, hint });
}
