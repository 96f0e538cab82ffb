import { GatewayError } from '../errors.js';
import { pricesOf, type Teacher } from './teacher.js';

/** Whose inputs must not be repeated: all of a task's, or those of requests that keep nothing. */
export type Discretion = 'always' | 'by-request';

const notShown: Readonly<Record<Discretion, string>> = {
  always: '"(not shown: privacy.inputs is not full)"',
  'by-request': '"(not shown: its request keeps nothing)"',
};

/**
 * Gives a teacher whose failures repeat nothing of what its server has said: servers say what they
 * were asked about, and failures are written into logs.
 */
export function createDiscreetTeacher(inner: Teacher, discretion: Discretion): Teacher {
  const { name, version } = inner;
  return {
    ...{ name, version, ...pricesOf(inner) },
    async label(inputs, signal, context) {
      try {
        return await inner.label(inputs, signal, context);
      } catch (error) {
        const isDiscreet = discretion === 'always' || context?.isDiscreet === true;
        throw isDiscreet && error instanceof GatewayError
          ? discreet(error, notShown[discretion])
          : error;
      }
    },
    close: () => inner.close(),
  };
}

/** The same error, without what stands in quotes and what has caused it. */
function discreet(error: GatewayError, instead: string): GatewayError {
  const { got, ...details } = error.details;
  const value = (text: string) => ({ value: withoutQuotes(text, instead) });
  return Object.create(error, {
    message: value(error.message),
    stack: value(error.stack ?? ''),
    cause: { value: undefined },
    details: { value: got === undefined ? details : { ...details, got: instead } },
  }) as GatewayError;
}

/** From the first to the last: what is quoted may have quotes in it. */
const withoutQuotes = (text: string, instead: string): string => text.replace(/".*"/s, instead);
