import type { z } from 'zod';

/** What a schema has to say of a file, one line a problem: `policy.riskMax: Too big`. */
export const schemaProblemsOf = ({ issues }: z.ZodError): readonly string[] =>
  issues.map(({ path, message }) => `${path.join('.') || '(top level)'}: ${message}`);
