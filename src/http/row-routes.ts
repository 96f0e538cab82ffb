import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import type { createAt } from './allowed-methods.js';
import { choiceOf } from './choice-of.js';
import type { ExportFormat } from './api-types-export.js';
import type { OpenStreams } from './follow-run.js';
import { invalidField } from '../task/invalid-field.js';
import { parseRows } from './parse-rows.js';
import { isSubject, subjectWords } from './subject.js';
import { showValue } from '../task/show-value.js';
import type { TaskHandlers } from './task-routes.js';

const contentTypes: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
};
const formats = Object.keys(contentTypes) as ExportFormat[];

/**
 * Routes that show rows of a task, send all of them, and erase those of a subject. A reader of all
 * rows is cut off when they can not be sent: a file that ends early must not pass for a whole one.
 */
export function addRowRoutes(
  at: ReturnType<typeof createAt>,
  { taskOf, read }: TaskHandlers,
  streams: OpenStreams,
): void {
  const send: RequestHandler<{ task: string }> = async ({ params, query }, response) => {
    const format = choiceOf(query['format'], 'format', formats) ?? 'jsonl';
    const task = taskOf(params.task);
    response.attachment(`${task.spec.name}.${format}`).set('content-type', contentTypes[format]);
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    const stream = { end: () => response.destroy() };
    streams.add(stream);
    try {
      await pipeline(Readable.from(task.exportRows(format)), response);
    } finally {
      streams.delete(stream);
    }
  };
  at('/:task/export', { get: ['operate', send] });
  const erase: RequestHandler<{ task: string }> = async ({ params, query }, response) => {
    const { subject } = query;
    if (!isSubject(subject)) {
      const got = subject === undefined ? 'nothing' : showValue(subject);
      throw invalidField({ field: 'subject', expected: subjectWords, got });
    }
    response.json(await taskOf(params.task).eraseSubject(subject));
  };
  at('/:task/rows', {
    get: read((task, { query }) => task.rows(parseRows(query, task.spec))),
    delete: ['operate', erase],
  });
}
