import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { CancelledError, OverloadedError, TeacherFailedError } from '../../src/errors.js';
import { TeacherTimeoutError, type GatewayError } from '../../src/errors.js';
import type { Input } from '../../src/task/task.js';
import type { Teacher, TeacherAnswer } from '../../src/teacher/teacher.js';
import { jsonReply, type Fault, type TeacherServer } from '../support/teacher-server.js';

export interface TeacherHarness {
  /** A new one each time, of the same configuration but for what is changed. */
  open(changes?: { readonly timeoutMs?: number }): Promise<Teacher>;
  /** Labels of the task. */
  readonly classes: number;
  /** Different inputs, at least three, and the label of each. */
  readonly rows: readonly { readonly input: Input; readonly label: number }[];
  /** Null: the teacher is in this process, and has no server that could fail. */
  readonly server: TeacherServer | null;
  /** Its key, which must not get into any message; null: it has none. */
  readonly secret: string | null;
  /** Bodies with status 200 that are no answers to one row, by what is wrong with them. */
  readonly notAnswers: Readonly<Record<string, unknown>>;
}

/** What every teacher must do, whatever is behind it. */
export function describeTeacher(name: string, harness: TeacherHarness): void {
  describe(`${name}, as a teacher`, () => {
    const opened: Teacher[] = [];
    const open: TeacherHarness['open'] = async (changes) => {
      const teacher = await harness.open(changes);
      opened.push(teacher);
      return teacher;
    };
    after(() => Promise.all(opened.map((teacher) => teacher.close())));
    const inputsOf = (): readonly Input[] => harness.rows.map(({ input }) => input);

    it('answers every row, in their order, with a price', async () => {
      const teacher = await open();

      const answers = await teacher.label([...inputsOf(), ...inputsOf().toReversed()]);

      const labels = harness.rows.map(({ label }) => label);
      assert.deepEqual(labelsOf(answers), [...labels, ...labels.toReversed()]);
      for (const answer of answers) assertSound(answer, harness.classes);
    });

    it('leaves inputs as they are', async () => {
      const teacher = await open();
      const copies = inputsOf().map((input) => input.slice());

      await teacher.label(inputsOf());

      assert.deepEqual(inputsOf(), copies);
    });

    it('keeps calls apart that it is asked at once', async () => {
      const teacher = await open();
      const { rows } = harness;
      const calls = Array.from({ length: 24 }, (_, k) => rows[k % rows.length]!);

      const answers = await Promise.all(calls.map(({ input }) => teacher.label([input])));

      assert.deepEqual(
        answers.flatMap(labelsOf),
        calls.map(({ label }) => label),
      );
    });

    it('has the same name and version each time, and a price of a row', async () => {
      const [one, other] = [await open(), await open()];

      assert.deepEqual([one.name, one.version], [other.name, other.version]);
      assert.ok(one.version.length > 0 && one.costPerRowUsd >= 0);
    });

    it('gives up with its caller', async () => {
      const teacher = await open();

      await assert.rejects(teacher.label(inputsOf(), AbortSignal.abort()), CancelledError);
    });

    const { server, rows, secret } = harness;
    if (server === null) return;
    describe('with a server that fails', () => {
      const faulty = async (fault: Fault, timeoutMs = 20_000) => {
        const teacher = await open({ timeoutMs });
        server.fault = fault;
        try {
          return await failureOf(teacher, rows[0]!.input);
        } finally {
          server.fault = null;
        }
      };
      const reply = (status: number, text: string, headers: Record<string, string> = {}) =>
        faulty({ kind: 'reply', reply: { status, text, headers } });

      it('says the status, and whether to try again', async () => {
        const expected = [
          ...[400, 401, 403, 404, 422, 501].map((status) => [status, false] as const),
          ...[408, 500, 502, 503, 504].map((status) => [status, true] as const),
        ];
        for (const [status, isRetryable] of expected) {
          const error = await reply(status, '{"error": {"message": "no way"}}');
          assert.ok(error instanceof TeacherFailedError, String(error));
          assert.deepEqual([error.details['status'], error.isRetryable], [status, isRetryable]);
          assert.match(error.message, /no way/);
        }
      });

      it('says how long to wait: too many requests, and what is not there for now', async () => {
        const many = await reply(429, '{"error": "slow down"}', { 'retry-after': '3' });
        const away = await reply(503, '', { 'retry-after-ms': '250', 'retry-after': '1' });

        assert.ok(many instanceof OverloadedError);
        assert.deepEqual([many.details['retryAfterMs'], many.retryAfterSeconds], [3000, 3]);
        assert.equal(away.details['retryAfterMs'], 250);
      });

      it('takes what is no answer for none', async () => {
        for (const text of ['', 'null', '[]', '"yes"', '{', '<html>', '{"a": NaN}', '{}']) {
          const error = await reply(200, text);
          assert.ok(error instanceof TeacherFailedError, `${text}: ${String(error)}`);
        }
        for (const [what, body] of Object.entries(harness.notAnswers)) {
          const error = await faulty({ kind: 'reply', reply: jsonReply(body) });
          assert.ok(error instanceof TeacherFailedError, `${what}: ${String(error)}`);
        }
      });

      it('fails when the connection breaks, and the same call may be tried again', async () => {
        for (const kind of ['reset', 'truncate'] as const) {
          const error = await faulty({ kind });
          assert.ok(error instanceof TeacherFailedError && error.isRetryable, String(error));
        }
      });

      it('reads no more of an answer than it must', async () => {
        const error = await faulty({ kind: 'endless' });
        assert.ok(error instanceof TeacherFailedError, String(error));
        assert.match(error.message, /more than \d+ bytes/);
      });

      it('follows no redirect', async () => {
        const error = await reply(307, '', { location: `${server.url}/elsewhere` });
        assert.ok(error instanceof TeacherFailedError);
        assert.ok(!server.requests.some(({ path }) => path === '/elsewhere'));
      });

      it('waits for its time, and no longer', async () => {
        const error = await faulty({ kind: 'hang' }, 300);
        assert.ok(error instanceof TeacherTimeoutError, String(error));
      });

      it('hangs up when its caller does', async () => {
        const teacher = await open();
        const caller = new AbortController();
        server.fault = { kind: 'hang' };
        const { length } = server.requests;
        const asked = teacher.label([rows[0]!.input], caller.signal);
        while (server.requests.length === length) await new Promise(setImmediate);
        caller.abort();

        await assert.rejects(asked, CancelledError);
        server.fault = null;
      });

      it('answers again when the server does, on a connection that it keeps', async () => {
        const teacher = await open();
        await teacher.label([rows[0]!.input]);
        const { connections } = server;

        for (const { input, label } of rows)
          assert.deepEqual(labelsOf(await teacher.label([input])), [label]);
        assert.equal(server.connections, connections);
      });

      if (secret === null) return;
      it('tells nobody its key', async () => {
        const said = `Incorrect API key provided: ${secret}. ${'x'.repeat(150)}${secret}`;
        const bodies = [JSON.stringify({ error: { message: said } }), said];
        for (const [body, status] of bodies.flatMap((one) => [
          [one, 401] as const,
          [one, 200] as const,
        ])) {
          const error = await reply(status, body);
          assert.ok(!error.message.includes(secret.slice(0, 8)), error.message);
          assert.ok(!JSON.stringify(error.details).includes(secret));
        }
        assert.ok(server.requests.some((sent) => JSON.stringify(sent).includes(secret)));
      });
    });
  });
}

async function failureOf(teacher: Teacher, input: Input): Promise<GatewayError> {
  let answers: readonly TeacherAnswer[];
  try {
    answers = await teacher.label([input]);
  } catch (error) {
    return error as GatewayError;
  }
  throw new assert.AssertionError({ message: `It answered: ${JSON.stringify(answers)}` });
}

const labelsOf = (answers: readonly TeacherAnswer[]): number[] => answers.map(({ label }) => label);

function assertSound({ label, probabilities, costUsd }: TeacherAnswer, classes: number): void {
  assert.ok(Number.isInteger(label) && label >= 0 && label < classes);
  assert.ok(Number.isFinite(costUsd) && costUsd >= 0);
  if (probabilities === null) return;
  assert.equal(probabilities.length, classes);
  assert.ok(probabilities.every((one) => one >= 0 && one <= 1));
  const sum = probabilities.reduce((total, one) => total + one, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9, `sum ${sum}`);
  assert.ok(probabilities[label]! >= Math.max(...probabilities) - 1e-12);
}
