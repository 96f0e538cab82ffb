import { pino, type DestinationStream } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Events are named `<noun>-<verb>`, for example `student-promoted`. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Creates a log of JSON lines; `err` fields are written with their stack and causes. */
export function createLog(level: LogLevel, destination: DestinationStream): Log {
  const logger = pino({ level, base: null, messageKey: 'event' }, destination);
  return {
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}

/** Says nothing: for tests and one-off commands. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
