import { z } from 'zod';

/** One file name, so it can not lead out of the bundle's directory. */
export const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'must be a plain file name, without a path');
