import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { CaptureFailedError, InvalidConfigError } from '../errors.js';

/** Where an input lies: one that is moved to another row can not be opened. */
export interface SealedPlace {
  readonly task: string;
  readonly id: string;
}

export interface SealedInput {
  /** Which key it is under; null: it is not encrypted. */
  readonly keyId: string | null;
  readonly bytes: Uint8Array;
}

/** Encrypts inputs for the disk, and gives them back. */
export interface InputCipher {
  /** Of the keys that inputs can be opened by. */
  readonly keyIds: ReadonlySet<string>;
  seal(input: Uint8Array, place: SealedPlace): SealedInput;
  /** @throws {CaptureFailedError} when its key is not there, or it is not what was sealed here. */
  open(sealed: SealedInput, place: SealedPlace): Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Creates the cipher of inputs at rest: AES-256-GCM (NIST SP 800-38D) under a random nonce of 96
 * bits, bound to task and row. One key is good for 2^32 inputs (its section 8.3).
 *
 * @param keys  of 32 bytes each. The first encrypts, each decrypts; none: inputs stay as
 *              they are.
 */
export function createInputCipher(keys: readonly Uint8Array[]): InputCipher {
  const keyOf = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [first] = keyOf;
  return {
    keyIds: new Set(keyOf.keys()),
    seal(input, place) {
      if (first === undefined || input.byteLength === 0) return { keyId: null, bytes: input };
      const [keyId, key] = first;
      return { keyId, bytes: encrypt(input, key, place) };
    },
    open({ keyId, bytes }, place) {
      if (keyId === null) return bytes;
      const key = keyOf.get(keyId);
      if (key === undefined) throw withoutKey(keyId, place);
      return decrypt(bytes, key, place);
    },
  };
}

/** Encrypts nothing. */
export const plainInputs = createInputCipher([]);

/**
 * @param nextKeyId  gives the id after another one, in their order, of the keys that inputs of a
 *                   log are encrypted by; null: there are no more.
 * @param options    log: which one, for people.
 * @throws {InvalidConfigError} when one of these keys was not given.
 */
export async function requireKeys(
  nextKeyId: (after: string) => Promise<string | null>,
  { cipher, log }: { readonly cipher: InputCipher; readonly log: string },
): Promise<void> {
  const missing: string[] = [];
  for (let id = await nextKeyId(''); id !== null; id = await nextKeyId(id))
    if (!cipher.keyIds.has(id)) missing.push(id);
  if (missing.length === 0) return;
  throw new InvalidConfigError(
    `The capture log ${log} has inputs that are encrypted by key ${missing.join(' and ')}, which ` +
      'was not given. Add it to UNDERSTUDY_ENCRYPTION_KEYS: the first key there encrypts, the ' +
      'others only decrypt.',
    { missing: missing.join() },
  );
}

/** Names a key without giving it away. */
const keyIdOf = (key: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from('understudy input key\0'), key])).slice(0, 16);

const boundTo = ({ task, id }: SealedPlace): Buffer => Buffer.from(`${task}\0${id}`);

function encrypt(input: Uint8Array, key: Uint8Array, place: SealedPlace): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(place));
  return Buffer.concat([nonce, cipher.update(input), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(bytes: Uint8Array, key: Uint8Array, place: SealedPlace): Uint8Array {
  try {
    const end = bytes.byteLength - tagBytes;
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(boundTo(place)).setAuthTag(bytes.subarray(end));
    const opened = decipher.update(bytes.subarray(nonceBytes, end));
    return new Uint8Array(Buffer.concat([opened, decipher.final()]));
  } catch (cause) {
    const { task, id } = place;
    const message = `The input of row ${id} of ${task} is not what was encrypted there.`;
    throw new CaptureFailedError(message, { id }, { cause });
  }
}

function withoutKey(keyId: string, { task, id }: SealedPlace): CaptureFailedError {
  const message =
    `The input of row ${id} of ${task} is encrypted by key ${keyId}, which was not given. ` +
    'Add that key to UNDERSTUDY_ENCRYPTION_KEYS.';
  return new CaptureFailedError(message, { id, keyId });
}
