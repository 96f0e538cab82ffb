import { createHash } from 'node:crypto';
import {
  hasInput,
  noTeacherVersion,
  type Added,
  type BrowseFilter,
  type BrowsedRows,
  type Capture,
  type CaptureHealth,
  type CapturedRow,
  type ClientRows,
  type Feedback,
  type PageRange,
  type ReviewFilter,
  type RowCounts,
  type RowFilter,
  type StoredRow,
  type TeacherCheck,
} from '../../src/capture/capture.js';
import { rowFault } from '../../src/capture/row-fault.js';
import { CaptureFailedError } from '../../src/errors.js';

/** Of a log that takes rows. */
export const healthy: CaptureHealth = { failure: () => null };

/** A capture log that forgets everything when it goes. Passes the same suite as the real ones. */
export class MemoryCapture implements Capture {
  /** Everything appended, oldest first. */
  readonly rows: StoredRow[] = [];
  /** Checks of the teacher, oldest first. */
  readonly checks: TeacherCheck[] = [];
  /** Labels that people gave, by task and id. */
  private readonly said = new Map<string, Feedback>();
  private readonly erased = new Set<string>();
  /** Inputs of holdout rows that were erased: they stay what they were. */
  private readonly heldInputs = new Set<string>();
  private sequence = 0;
  /** Set it to make each append fail with it. */
  failure: Error | null = null;
  private readonly leases = new Map<string, { owner: string; expiresMs: number }>();
  private isClosed = false;

  constructor(private readonly now: () => number = () => 0) {}

  async append(rows: readonly CapturedRow[]): Promise<void> {
    this.mustBeOpen();
    const copies = structuredClone(rows);
    if (this.failure !== null) throw this.failure;
    const known = new Set(this.rows.map(({ id }) => id));
    for (const row of copies) {
      const isTaken = known.has(row.id) || this.erased.has(keyOf(row));
      const problem = isTaken ? `its id is in the log already` : problemOf(row);
      if (problem !== null) throw new CaptureFailedError(`Row ${row.id}: ${problem}.`, rowFault);
      known.add(row.id);
    }
    for (const row of copies) this.rows.push({ ...row, sequence: ++this.sequence, feedback: null });
  }

  async findRow(task: string, id: string): Promise<StoredRow | null> {
    this.mustBeOpen();
    return this.labelled().find((row) => row.task === task && row.id === id) ?? null;
  }

  async readPage({ task, afterSequence, rowsMax }: PageRange): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    return this.labelled()
      .filter((row) => row.task === task && row.sequence > afterSequence)
      .slice(0, rowsMax);
  }

  async browse(filter: BrowseFilter): Promise<BrowsedRows> {
    this.mustBeOpen();
    const isWanted = <T>(wanted: T | null, found: T | null): boolean =>
      wanted === null || wanted === found;
    const agrees = (row: StoredRow): boolean | null =>
      row.studentLabel === null ? null : row.studentLabel === row.teacherLabel;
    const rows = this.labelled()
      .filter((row) => row.task === filter.task)
      .filter((row) => row.sequence < (filter.beforeSequence ?? Infinity))
      .filter((row) => isWanted(filter.source, row.source) && isWanted(filter.route, row.route))
      .filter((row) => isWanted(filter.isHoldout, row.isHoldout))
      .filter((row) => isWanted(filter.teacherLabel, row.teacherLabel))
      .filter((row) => isWanted(filter.isAgreed, agrees(row)))
      .filter((row) => isWanted(filter.client, row.client) && isWanted(filter.subject, row.subject))
      .filter((row) => row.createdMs >= filter.createdFromMs)
      .filter((row) => row.createdMs < filter.createdBeforeMs)
      .reverse();
    const page = rows.slice(0, filter.rowsMax);
    return {
      rows: page,
      nextBefore: page.length < rows.length ? page.at(-1)!.sequence : null,
    };
  }

  async addNew(rows: readonly CapturedRow[]): Promise<Added> {
    this.mustBeOpen();
    const erased = rows.filter((row) => this.erased.has(keyOf(row)));
    const rest = rows.filter((row) => !erased.includes(row));
    const taskOf = new Map(this.rows.map(({ id, task }) => [id, task]));
    const others = rest.filter(({ id, task }) => (taskOf.get(id) ?? task) !== task);
    const fresh = rest.filter(({ id, task }) => !taskOf.has(id) && taskOf.set(id, task));
    await this.append(fresh);
    const known = rest.length - fresh.length - others.length;
    const counts = { added: fresh.length, known, erased: erased.length };
    return { ...counts, ofOthers: others.map(({ id }) => id) };
  }

  async subjectIds(task: string, subject: string): Promise<readonly string[]> {
    this.mustBeOpen();
    return this.ofSubject(task, subject).map(({ id }) => id);
  }

  async eraseSubject(task: string, subject: string, rowsMax: number): Promise<number> {
    this.mustBeOpen();
    const some = this.ofSubject(task, subject).slice(0, rowsMax);
    return this.erase((row) => some.includes(row)).length;
  }

  async eraseIds(task: string, ids: readonly string[]): Promise<void> {
    this.mustBeOpen();
    this.erase((row) => row.task === task && ids.includes(row.id));
    for (const id of ids) {
      this.erased.add(keyOf({ task, id }));
      this.said.delete(keyOf({ task, id }));
    }
  }

  async clearOldPages(): Promise<'gone'> {
    this.mustBeOpen();
    return 'gone';
  }

  private ofSubject(task: string, subject: string): StoredRow[] {
    return this.rows.filter((row) => row.task === task && row.subject === subject);
  }

  async eraseBefore(task: string, beforeMs: number, rowsMax: number): Promise<number> {
    this.mustBeOpen();
    const old = this.rows
      .filter((row) => row.task === task && row.createdMs < beforeMs)
      .sort((a, b) => a.createdMs - b.createdMs)
      .slice(0, rowsMax);
    return this.erase((row) => old.includes(row)).length;
  }

  private erase(isErased: (row: StoredRow) => boolean): readonly string[] {
    const gone = this.rows.filter(isErased);
    for (const row of gone) {
      this.erased.add(keyOf(row));
      this.said.delete(keyOf(row));
      if (row.isHoldout) this.heldInputs.add(`${row.task}\n${row.inputHash}`);
      this.rows.splice(this.rows.indexOf(row), 1);
    }
    return gone.map(({ id }) => id);
  }

  async appendFeedback(feedback: Feedback): Promise<number | null | 'erased'> {
    this.mustBeOpen();
    if (this.failure !== null) throw this.failure;
    const key = keyOf(feedback);
    if (this.erased.has(key)) return 'erased';
    const before = this.said.get(key)?.label ?? null;
    this.said.set(key, feedback);
    return before;
  }

  async readReview({ task, rowsMax }: ReviewFilter): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    const differ = (row: StoredRow): boolean => row.studentLabel !== row.teacherLabel;
    return this.labelled()
      .filter((row) => row.task === task && row.source === 'traffic' && !row.isHoldout)
      .filter((row) => row.studentLabel !== null && row.feedback === null && hasInput(row))
      .sort((a, b) => Number(differ(b)) - Number(differ(a)) || a.confidence! - b.confidence!)
      .slice(0, rowsMax);
  }

  async readReviewed(filter: Omit<RowFilter, 'createdAfterMs'>): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    return this.newest(
      { ...filter, createdAfterMs: 0 },
      (row) => row.feedback?.origin === 'review',
    );
  }

  async readTraining(filter: RowFilter): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    const inputOf = ({ task, inputHash }: CapturedRow): string => `${task}\n${inputHash}`;
    const now = this.rows.filter(({ isHoldout }) => isHoldout).map(inputOf);
    const holdout = new Set([...now, ...this.heldInputs]);
    const isOpen = (row: StoredRow): boolean => row.isTrainable && !holdout.has(inputOf(row));
    const ofNobody = { ...filter, teacherVersion: noTeacherVersion };
    return [...this.newest(filter, isOpen), ...this.newest(ofNobody, isOpen)]
      .sort((a, b) => b.sequence - a.sequence)
      .slice(0, filter.rowsMax);
  }

  async readHoldout(filter: RowFilter): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    return this.newest(filter, (row) => row.isHoldout && hasInput(row));
  }

  async count(task: string): Promise<RowCounts> {
    this.mustBeOpen();
    const rows = this.rows.filter((row) => row.task === task);
    return {
      rows: rows.length,
      holdoutRows: rows.filter(({ isHoldout }) => isHoldout).length,
      trainableRows: rows.filter(({ isTrainable }) => isTrainable).length,
    };
  }

  async readClients(task: string, afterMs: number): Promise<readonly ClientRows[]> {
    this.mustBeOpen();
    const clients = new Map<string | null, CapturedRow[]>();
    for (const row of this.rows.filter((one) => one.task === task)) {
      const own = clients.get(row.client) ?? [];
      clients.set(row.client, own);
      own.push(row);
    }
    return [...clients]
      .map(([client, own]) => {
        const since = own.filter(({ createdMs }) => createdMs > afterMs);
        return {
          client,
          firstMs: Math.min(...own.map(({ createdMs }) => createdMs)),
          rows: since.length,
          holdoutRows: since.filter(({ isHoldout }) => isHoldout).length,
        };
      })
      .sort((a, b) => b.rows - a.rows);
  }

  async findUnchecked(
    filter: Omit<RowFilter, 'rowsMax'>,
    position: number,
  ): Promise<StoredRow | null> {
    this.mustBeOpen();
    const isAsked = (row: StoredRow): boolean => row.isHoldout && row.inputKept === 'full';
    const rows = this.newest({ ...filter, rowsMax: Infinity }, isAsked);
    if (rows.length === 0) return null;
    const [first, last] = [rows.at(-1)!.sequence, rows[0]!.sequence];
    const sequence = first + Math.floor(position * (last - first + 1));
    const { task, teacherVersion } = filter;
    const done = new Set(
      this.checks
        .filter((check) => check.task === task && check.teacherVersion === teacherVersion)
        .map(({ inputHash }) => inputHash),
    );
    const open = rows.filter(({ inputHash }) => !done.has(inputHash));
    const upTo = open.find((row) => row.sequence <= sequence);
    return upTo ?? open.reverse().find((row) => row.sequence > sequence) ?? null;
  }

  async appendCheck(check: TeacherCheck): Promise<void> {
    this.mustBeOpen();
    if (this.failure !== null) throw this.failure;
    const keyOf = ({ task, teacherVersion, inputHash }: TeacherCheck): string =>
      [task, teacherVersion, inputHash].join('\n');
    if (this.checks.some((known) => keyOf(known) === keyOf(check)))
      throw new CaptureFailedError(`Input ${check.inputHash} was checked before.`);
    this.checks.push(check);
  }

  async readChecks(filter: Omit<RowFilter, 'createdAfterMs'>): Promise<readonly TeacherCheck[]> {
    this.mustBeOpen();
    const { task, teacherVersion, rowsMax } = filter;
    return this.checks
      .filter((check) => check.task === task && check.teacherVersion === teacherVersion)
      .reverse()
      .slice(0, rowsMax);
  }

  async holdoutDigests(task: string): Promise<ReadonlySet<string>> {
    this.mustBeOpen();
    const holdout = this.rows.filter((row) => row.task === task && row.isHoldout && hasInput(row));
    return new Set(holdout.map(({ input }) => createHash('sha256').update(input).digest('hex')));
  }

  async acquireLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    this.mustBeOpen();
    const held = this.leases.get(name);
    const nowMs = this.now();
    if (held !== undefined && held.owner !== owner && held.expiresMs > nowMs) return false;
    this.leases.set(name, { owner, expiresMs: nowMs + ttlMs });
    return true;
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    this.mustBeOpen();
    if (this.leases.get(name)?.owner === owner) this.leases.delete(name);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  private newest(filter: RowFilter, isWanted: (row: StoredRow) => boolean): StoredRow[] {
    const { task, teacherVersion, rowsMax, createdAfterMs } = filter;
    return this.labelled()
      .filter((row) => row.task === task && row.teacherVersion === teacherVersion)
      .filter((row) => row.createdMs > createdAfterMs && isWanted(row))
      .reverse()
      .slice(0, rowsMax);
  }

  /** The rows with what people have said of them. */
  private labelled(): StoredRow[] {
    return this.rows.map((row) => {
      const said = this.said.get(keyOf(row));
      if (said === undefined) return row;
      const { label, origin, givenMs } = said;
      return { ...row, feedback: { label, origin, givenMs } };
    });
  }

  private mustBeOpen(): void {
    if (this.isClosed) throw new CaptureFailedError('The capture log is closed.');
  }
}

const keyOf = ({ task, id }: Pick<CapturedRow, 'task' | 'id'>): string => `${task}\n${id}`;

function problemOf(row: CapturedRow): string | null {
  if (row.isHoldout && row.source !== 'traffic') return 'only traffic is held out';
  if (row.isTrainable && !hasInput(row)) return 'a row without its input can not be trainable';
  if (!['student', 'teacher', 'cache', 'degraded'].includes(row.route)) return 'unknown route';
  if (row.isHoldout && row.isTrainable) return 'a holdout row can not be trainable';
  if (!(row.propensity > 0 && row.propensity <= 1)) return 'propensity outside (0, 1]';
  if (!(row.holdoutRate >= 0 && row.holdoutRate <= 1)) return 'holdoutRate outside [0, 1]';
  const isBad = (value: unknown): boolean =>
    Number.isNaN(value) || (typeof value === 'string' && value.includes('\0'));
  const bad = Object.entries(row).find(([, value]) => isBad(value));
  return bad === undefined ? null : `${bad[0]} is NaN or has a NUL`;
}
