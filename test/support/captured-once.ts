import assert from 'node:assert/strict';
import Database from 'libsql';
import { join } from 'node:path';
import type { StoredRow } from '../../src/capture/capture.js';
import type { AnswerJson } from '../../src/http/api-types.js';

/** As `writeSquaresFile` has them. */
const labels = ['dark', 'bright'];

/**
 * Every teacher answer that a client has received is in the log once, with its label. Nothing is
 * there twice: no two requests had the same input.
 *
 * @returns how many answers were the teacher's.
 */
export function assertCapturedOnce(
  received: readonly AnswerJson[],
  rows: readonly StoredRow[],
): number {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byTeacher = received.filter(({ route }) => route === 'teacher');
  const isThere = ({ id, label }: AnswerJson): boolean =>
    labels[byId.get(id)?.teacherLabel ?? -1] === label;
  const missing = byTeacher.filter((answer) => !isThere(answer)).map(({ id }) => id);
  assert.deepEqual(missing, []);
  assert.equal(byId.size, rows.length);
  assert.equal(new Set(rows.map(({ inputHash }) => inputHash)).size, rows.length);
  return byTeacher.length;
}

/** SQLite's own check of every page and index of a log that nobody has open. */
export function assertIntact(dataDir: string): void {
  const database = new Database(join(dataDir, 'capture.sqlite'));
  try {
    const said = database.prepare('PRAGMA integrity_check').raw().all();
    assert.deepEqual(said, [['ok']]);
  } finally {
    database.close();
  }
}
