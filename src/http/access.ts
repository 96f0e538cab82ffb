import type { IncomingMessage } from 'node:http';
import { ForbiddenError, UnauthenticatedError } from '../errors.js';
import type { ApiKey, Scope } from '../keys/api-key.js';
import type { KeyRing } from '../keys/key-ring.js';

/** What a request says of its key: two headers, each null where it was not sent. */
export interface Credentials {
  readonly authorization: string | null;
  /** The header `x-api-key`. Where it is sent, it alone counts. */
  readonly apiKey: string | null;
}

/**
 * Knows who asks. Null in its place stands for a gateway without keys, where everybody may do
 * everything.
 */
export type Access = Pick<KeyRing, 'find'>;

export function credentialsOf({ headers }: IncomingMessage): Credentials {
  const apiKey = headers['x-api-key'];
  return {
    authorization: headers.authorization ?? null,
    apiKey: typeof apiKey === 'string' ? apiKey : null,
  };
}

/**
 * @returns null where the gateway has no keys.
 * @throws  {UnauthenticatedError} for no key, and for one that is not known.
 */
export function keyOf(access: Access | null, credentials: Credentials): ApiKey | null {
  if (access === null) return null;
  const presented = presentedIn(credentials);
  if (presented === null)
    throw new UnauthenticatedError(
      'Send an API key as "authorization: Bearer KEY" or "x-api-key: KEY". Who runs the gateway ' +
        'can make one: understudy key NAME.',
      { reason: 'no-key' },
    );
  const key = access.find(presented);
  if (key !== null) return key;
  throw new UnauthenticatedError(
    'This API key is not known here. Check it, or ask who runs the gateway for another one.',
    { reason: 'unknown-key' },
  );
}

function presentedIn({ authorization, apiKey }: Credentials): string | null {
  if (apiKey !== null) return apiKey;
  return authorization === null ? null : (bearer.exec(authorization)?.[1] ?? null);
}

/** @see RFC 6750, "Bearer Token Usage", section 2.1; the name of a scheme has no case. */
const bearer = /^bearer +(\S+)$/i;

const purposes: Readonly<Record<Scope, string>> = {
  predict: 'To ask for predictions',
  override: 'To choose who answers (route)',
  read: 'To look at tasks',
  operate: 'To change what is served',
};

/**
 * @param key   null: the gateway has no keys, and all is allowed.
 * @param task  null for what concerns no single one.
 * @throws      {ForbiddenError} when the key has not that scope, or is not for that task.
 */
export function requireScope(key: ApiKey | null, scope: Scope, task: string | null): void {
  if (key === null) return;
  if (!key.scopes.includes(scope)) {
    const has = key.scopes.join(', ');
    throw new ForbiddenError(
      `${purposes[scope]} a key needs the scope ${scope}; the key "${key.name}" has ${has}.`,
      { scope, key: key.name, has },
    );
  }
  if (task === null || isForTask(key, task)) return;
  const has = key.tasks!.join(', ');
  throw new ForbiddenError(`The key "${key.name}" is not for the task "${task}", but for ${has}.`, {
    task,
    key: key.name,
    has,
  });
}

export const isForTask = (key: ApiKey | null, task: string): boolean =>
  key === null || key.tasks === null || key.tasks.includes(task);
