import { createHash } from 'node:crypto';
import type {
  Capture,
  CapturedRow,
  ClientRows,
  RowCounts,
  RowFilter,
  StoredRow,
  TeacherCheck,
} from '../../src/capture/capture.js';
import { CaptureFailedError } from '../../src/errors.js';

/** A capture log that forgets everything when it goes. Passes the same suite as the real ones. */
export class MemoryCapture implements Capture {
  /** Everything appended, oldest first. */
  readonly rows: StoredRow[] = [];
  /** Checks of the teacher, oldest first. */
  readonly checks: TeacherCheck[] = [];
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
      const problem = known.has(row.id) ? `its id is in the log already` : problemOf(row);
      if (problem !== null) throw new CaptureFailedError(`Row ${row.id}: ${problem}.`);
      known.add(row.id);
    }
    for (const row of copies) this.rows.push({ ...row, sequence: this.rows.length + 1 });
  }

  async readTraining(filter: RowFilter): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    const keyOf = ({ task, inputHash }: CapturedRow): string => `${task}\n${inputHash}`;
    const holdout = new Set(this.rows.filter(({ isHoldout }) => isHoldout).map(keyOf));
    return this.newest(filter, (row) => row.isTrainable && !holdout.has(keyOf(row)));
  }

  async readHoldout(filter: RowFilter): Promise<readonly StoredRow[]> {
    this.mustBeOpen();
    return this.newest(filter, ({ isHoldout }) => isHoldout);
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
    const rows = this.newest({ ...filter, rowsMax: Infinity }, ({ isHoldout }) => isHoldout);
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
    const holdout = this.rows.filter((row) => row.task === task && row.isHoldout);
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
    return this.rows
      .filter((row) => row.task === task && row.teacherVersion === teacherVersion)
      .filter((row) => row.createdMs > createdAfterMs && isWanted(row))
      .reverse()
      .slice(0, rowsMax);
  }

  private mustBeOpen(): void {
    if (this.isClosed) throw new CaptureFailedError('The capture log is closed.');
  }
}

function problemOf(row: CapturedRow): string | null {
  if (!['student', 'teacher', 'cache', 'degraded'].includes(row.route)) return 'unknown route';
  if (row.isHoldout && row.isTrainable) return 'a holdout row can not be trainable';
  if (!(row.propensity > 0 && row.propensity <= 1)) return 'propensity outside (0, 1]';
  if (!(row.holdoutRate >= 0 && row.holdoutRate <= 1)) return 'holdoutRate outside [0, 1]';
  const isBad = (value: unknown): boolean =>
    Number.isNaN(value) || (typeof value === 'string' && value.includes('\0'));
  const bad = Object.entries(row).find(([, value]) => isBad(value));
  return bad === undefined ? null : `${bad[0]} is NaN or has a NUL`;
}
