import { GatewayError } from '../errors.js';
import { pricesOf, type Teacher } from './teacher.js';

const notShown = '"(not shown: privacy.inputs is not full)"';

/**
 * Gives a teacher whose failures repeat nothing of what its server has said: servers say what they
 * were asked about, and failures are written into logs.
 */
export function createDiscreetTeacher(inner: Teacher): Teacher {
  const { name, version } = inner;
  return {
    ...{ name, version, ...pricesOf(inner) },
    async label(...call) {
      try {
        return await inner.label(...call);
      } catch (error) {
        throw error instanceof GatewayError ? discreet(error) : error;
      }
    },
    close: () => inner.close(),
  };
}

/** The same error, without what stands in quotes and what has caused it. */
function discreet(error: GatewayError): GatewayError {
  const { got, ...details } = error.details;
  const value = (text: string) => ({ value: withoutQuotes(text) });
  return Object.create(error, {
    message: value(error.message),
    stack: value(error.stack ?? ''),
    cause: { value: undefined },
    details: { value: got === undefined ? details : { ...details, got: notShown } },
  }) as GatewayError;
}

/** From the first to the last: what is quoted may have quotes in it. */
const withoutQuotes = (text: string): string => text.replace(/".*"/s, notShown);
