import { z } from 'zod';

/** How much of a dataset may come from where: see `distillation/bounds/bound-rows.ts`. */
export const boundsSchema = z.strictObject({
  clientShareMax: z
    .number()
    .min(0.001)
    .max(1)
    .default(0.02)
    .describe(
      'Captured rows of one client, as a share of the dataset; more where the others have more, ' +
        'see below; 1: any',
    ),
  nearDuplicatesMax: z
    .number()
    .int()
    .min(1)
    .nullable()
    .default(20)
    .describe(
      'Captured rows that look nearly the same to a coarse sketch; more where rows look alike ' +
        'anyway, see below; null: any number',
    ),
  newClientHours: z
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe('Rows of a client wait so long after its first one, hours; 0: not at all'),
  trustedClients: z
    .array(z.string().min(1).max(128))
    .max(1000)
    .default([])
    .describe('Clients, or API keys, that neither wait nor are limited'),
});

export type Bounds = z.output<typeof boundsSchema>;
