import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CaptureFailedError } from '../../src/errors.js';
import { createLog, silentLog, type LogLevel } from '../../src/telemetry/log.js';
import { createSampler } from '../../src/telemetry/sampler.js';

function written(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is JSON lines: an event by its name, and its fields', () => {
    const [line] = written('info', (log) => log.info('row-dropped', { task: 'squares', rows: 2 }));

    const { level, event, task, rows } = line!;
    assert.deepEqual([level, event, task, rows], [30, 'row-dropped', 'squares', 2]);
  });

  it('writes nothing below its level', () => {
    const lines = written('warn', (log) => {
      log.info('a-b');
      log.warn('c-d');
      log.error('e-f');
    });
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['c-d', 'e-f'],
    );
  });

  it('writes errors with their stack and their cause', () => {
    const cause = new Error('ENOSPC: no space left on device');
    const err = new CaptureFailedError('2 rows were not committed', { rows: 2 }, { cause });

    const [line] = written('error', (log) => log.error('request-failed', { err }));

    const { type, stack, code } = line!['err'] as Record<string, string>;
    assert.deepEqual([type, code], ['CaptureFailedError', 'CAPTURE_FAILED']);
    assert.match(stack!, /log\.test/);
    assert.match(stack!, /no space left on device/);
  });

  it('can be silent', () => {
    for (const level of ['info', 'warn', 'error'] as const) silentLog[level]('anything', {});
  });
});

describe('a sampler', () => {
  it('lets one thing of a kind through in a while, and counts the others', () => {
    let nowMs = 0;
    const sample = createSampler(1_000, () => nowMs);
    const at = (ms: number, key = 'a'): number | null => {
      nowMs = ms;
      return sample(key)?.leftOut ?? null;
    };

    assert.deepEqual(
      [at(0), at(1), at(999), at(500, 'b'), at(1_000), at(1_001), at(5_000), at(5_500)],
      [0, null, null, 0, 2, null, 1, null],
    );
  });

  it('does not fall silent when the clock goes back', () => {
    let nowMs = 1_000_000;
    const sample = createSampler(1_000, () => nowMs);
    sample('a');
    nowMs = 0;

    assert.deepEqual(sample('a'), { leftOut: 0 });
  });
});
