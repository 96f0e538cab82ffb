import { NotFoundError } from '../errors.js';
import { credentialsOf, keyOf, type Access } from './access.js';
import type { createAt } from './allowed-methods.js';
import type { KeyJson } from './api-types-keys.js';

export interface KeyRoutesParts {
  readonly access: Access | null;
  /** US dollars that a key's callers have made teachers cost in the last hour, by its name. */
  readonly keySpentUsd: (key: string) => number;
}

/** The route by which who has a key sees what it is good for. */
export function addKeyRoutes(
  at: ReturnType<typeof createAt>,
  { access, keySpentUsd }: KeyRoutesParts,
): void {
  at('/v1/keys/self', {
    get: [
      'predict',
      (request, response) => {
        const key = keyOf(access, credentialsOf(request));
        if (key === null) throw new NotFoundError('This gateway has no keys: all is open.');
        const { name, scopes, tasks, usdPerHour: perHour } = key;
        const spent = { unit: 'usd', spentLastHour: keySpentUsd(name) } as const;
        const budget = perHour === null ? null : { ...spent, perHour };
        response.json({ name, scopes, tasks, budget } satisfies KeyJson);
      },
    ],
  });
}
