import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventLine, foldEvents } from '../../src/replay/fold-events.js';

describe('the events of a replay', () => {
  it('are said once while only their numbers differ', () => {
    const skipped = (atRow: number, rows: string) => ({
      atRow,
      kind: 'run-skipped',
      text: `Only ${rows} rows.`,
    });
    const events = [
      skipped(100, '7'),
      skipped(200, '1 009'),
      skipped(300, '12.5'),
      { atRow: 400, kind: 'run-promoted', text: 'Promoted.' },
      skipped(500, '8'),
    ];

    assert.deepEqual(
      foldEvents(events).map(({ atRow, kind, times, untilRow }) => [atRow, kind, times, untilRow]),
      [
        [100, 'run-skipped', 3, 300],
        [400, 'run-promoted', 1, 400],
        [500, 'run-skipped', 1, 500],
      ],
    );
  });

  it('have a line each while they happen, if there is something to say', () => {
    const event = { atRow: 7, kind: 'run-skipped', text: 'Only 7 rows.' };

    assert.equal(eventLine(event, undefined), 'after row 7: Only 7 rows.');
    const again = { ...event, atRow: 9, text: 'Only 9 rows.' };
    assert.equal(eventLine(again, event), 'after row 9: the same again');
    const other = { ...again, text: 'Only 9 holdout rows.' };
    assert.equal(eventLine(other, event), 'after row 9: Only 9 holdout rows.');
    const won = { ...event, kind: 'certificate-won' };
    assert.equal(eventLine({ ...won, text: 'Only 8 rows.' }, won), null);
  });
});
