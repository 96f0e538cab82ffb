/** Names of one sender. */
export interface ClientName {
  /** As the log has it; '' where it knows of none. */
  readonly own: string;
  /** What stands before the first slash: the API key, of a client that has one. */
  readonly group: string;
}

/**
 * Tells a client by its own name and by its key's. Who has a key can name as many clients as he
 * likes, `key/1`, `key/2`, but no other key: what holds for one client holds for one key too.
 */
export function clientNameOf(client: string | null): ClientName {
  const own = client ?? '';
  const slash = own.indexOf('/');
  return { own, group: slash === -1 ? own : own.slice(0, slash) };
}

export const isTrusted = (client: string | null, trusted: ReadonlySet<string>): boolean => {
  const { own, group } = clientNameOf(client);
  return trusted.has(own) || trusted.has(group);
};
