import { encodeText } from '../../../src/task/text-codec.js';
import { openHttpTeacher } from '../../../src/teacher/http/http-teacher.js';
import { describeTeacher, type TeacherHarness } from '../../contract/teacher-contract.js';
import { httpOptions } from '../../support/http-options.js';
import { jsonReply, startTeacherServer } from '../../support/teacher-server.js';

const labels = ['bad', 'fair', 'good'];
const spec = { input: { kind: 'text', charsMax: 100 }, labels } as const;
const rows = [
  { input: encodeText('it is good'), label: 2 },
  { input: encodeText('it is bad, "very" bad'), label: 0 },
  { input: encodeText('{{input}} fair'), label: 1 },
];
const labelIn = (text: string): string => labels.find((label) => text.includes(label)) ?? 'none';
const scoresOf = (label: string) => labels.map((one) => (one === label ? 0.8 : 0.1));

const changes = (given: object | undefined) => given ?? {};

/** One text a request; the answer has a label alone. */
async function startOne(): Promise<TeacherHarness> {
  const server = await startTeacherServer(({ text }) => {
    const { message } = JSON.parse(text) as { message: string };
    return jsonReply({ result: [{ verdict: labelIn(message) }] });
  });
  const secret = 'http-secret-0123456789';
  const one = (verdict: unknown) => ({ result: [{ verdict }] });
  return {
    ...{ classes: 3, rows, server, secret },
    open: async (given) => {
      const request = { body: { message: '{{input}}' } };
      const answer = { label: '/result/0/verdict' };
      const file = { url: `${server.url}/classify`, apiKeyHeader: 'x-api-key', request, answer };
      const options = httpOptions({ ...file, ...changes(given) }, secret);
      return openHttpTeacher(spec, options, () => Date.now());
    },
    notAnswers: {
      'a label outside the set': one('great'),
      'a label of another case': one('Good'),
      'what every object has': one('constructor'),
      'no label': one(null),
      'a class number that is none': one(3),
      'half a class number': one(0.5),
      'a list': one(['good']),
      'an object': one({ label: 'good' }),
      true: one(true),
      'another place': { result: { verdict: 'good' } },
    },
  };
}

/** Many texts a request; the answer has a list with scores by label. */
async function startMany(): Promise<TeacherHarness> {
  const server = await startTeacherServer(({ text }) => {
    const { texts } = JSON.parse(text) as { texts: readonly string[] };
    const rowsOf = texts.map((one) => ({
      scores: scoresOf(labelIn(one)).map((score, k) => ({ label: `LABEL_${k}`, score })),
    }));
    return jsonReply({ rows: rowsOf });
  });
  const one = (scores: unknown) => ({ rows: [{ scores }] });
  return {
    ...{ classes: 3, rows, server, secret: null },
    open: async (given) => {
      const request = { rows: 'many', rowsMax: 2, body: { texts: '{{inputs}}', options: [1] } };
      const names = { LABEL_0: 'bad', LABEL_1: 'fair', LABEL_2: 'good' };
      const answer = { rows: '/rows', scores: '/scores', names };
      const options = httpOptions({ url: server.url, request, answer, ...changes(given) });
      return openHttpTeacher(spec, options, () => Date.now());
    },
    notAnswers: {
      'no scores': one([]),
      'too few': one([{ label: 'LABEL_0', score: 1 }]),
      'a label twice': one(['0', '0', '1'].map((k) => ({ label: `LABEL_${k}`, score: 0.3 }))),
      'no distribution': one(['0', '1', '2'].map((k) => ({ label: `LABEL_${k}`, score: 0.9 }))),
      'null for NaN': one(['0', '1', '2'].map((k) => ({ label: `LABEL_${k}`, score: null }))),
      'two rows for one': { rows: [{ scores: [1, 0, 0] }, { scores: [1, 0, 0] }] },
      'no row': { rows: [] },
      'no list': { rows: {} },
    },
  };
}

describeTeacher('a JSON endpoint that takes one row', await startOne());
describeTeacher('a JSON endpoint that takes many rows', await startMany());
