/**
 * Finds a value in parsed JSON by its JSON pointer: `/answers/0/label`; an empty one is the whole.
 *
 * @returns undefined where nothing stands there; what every object has does not count.
 * @see RFC 6901
 */
export function atPointer(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  const names = pointer.slice(1).split('/');
  return names.reduce((found: unknown, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) return /^(0|[1-9]\d*)$/.test(key) ? found[Number(key)] : undefined;
    const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, key);
    return isThere ? (found as Readonly<Record<string, unknown>>)[key] : undefined;
  }, value);
}
