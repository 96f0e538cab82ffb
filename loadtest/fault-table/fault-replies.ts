/** What a teacher's server and its client speak. */
export type Protocol = 'http' | 'oip' | 'openai';

/** Faults that are an answer of their own; the others are of the connection. */
export const answerFaults = [
  ...['429', '500', 'wrong shape', 'label outside the set', 'NaN'],
] as const;
export type AnswerFault = (typeof answerFaults)[number];

/**
 * What a server that has gone wrong answers to one row, as servers of its protocol say it.
 *
 * @returns a whole response; null: it asks for no answer that could be wrong in this way.
 */
export function faultReply(fault: AnswerFault, request: Buffer): Buffer | null {
  const [method, path = ''] = request.toString('latin1', 0, 200).split(' ');
  if (method === 'GET' && fault !== '429' && fault !== '500') return null; // OIP's metadata.
  return replies[protocolOf(path)][fault];
}

function protocolOf(path: string): Protocol {
  if (path.endsWith('/chat/completions')) return 'openai';
  return path.startsWith('/v2/') ? 'oip' : 'http';
}

function reply(status: string, body: string, header = ''): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${header}` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
const ok = (body: string): Buffer => reply('200 OK', body);
const busy = (body: string): Buffer =>
  reply('429 Too Many Requests', body, 'retry-after-ms: 100\r\n');
const broken = (body: string): Buffer => reply('500 Internal Server Error', body);

/** Scores by the Open Inference Protocol, as text: a number that is none must stay one. */
const oipScores = (shape: string, data: string): Buffer =>
  ok(
    '{"model_name":"squares","outputs":[{"name":"scores","datatype":"FP32",' +
      `"shape":${shape},"data":${data}}]}`,
  );

const openaiError = (message: string, type: string, code: string): string =>
  JSON.stringify({ error: { message, type, param: null, code } });
const chat = (content: string, logprobs = 'null'): Buffer =>
  ok(
    '{"id":"chatcmpl-1","object":"chat.completion","model":"small","choices":[{"index":0,' +
      `"message":{"role":"assistant","content":${JSON.stringify(content)},"refusal":null},` +
      `"logprobs":${logprobs},"finish_reason":"stop"}],` +
      '"usage":{"prompt_tokens":40,"completion_tokens":5,"total_tokens":45}}',
  );

/** NaN is written as Python does by default; by the Open Inference Protocol as null (orjson). */
const replies: Readonly<Record<Protocol, Readonly<Record<AnswerFault, Buffer>>>> = {
  http: {
    '429': busy('{"error":"Too many"}'),
    '500': broken('{"error":"A bug"}'),
    'wrong shape': ok('{"rows":[{"label":"bright","scores":[0.1,0.8,0.1]}]}'),
    'label outside the set': ok('{"rows":[{"label":"purple","scores":[0.5,0.5]}]}'),
    NaN: ok('{"rows":[{"label":"bright","scores":[NaN,NaN]}]}'),
  },
  oip: {
    '429': busy('{"error":"The queue is full"}'),
    '500': broken('{"error":"The inference failed"}'),
    'wrong shape': oipScores('[1,1]', '[0.8]'),
    // A class more than the task has, and that is the one: scores have no other way to say it.
    'label outside the set': oipScores('[1,3]', '[0.1,0.1,0.8]'),
    NaN: oipScores('[1,2]', '[null,null]'),
  },
  openai: {
    '429': busy(openaiError('Rate limit reached for small', 'requests', 'rate_limit_exceeded')),
    '500': broken(openaiError('The server had an error', 'server_error', 'internal_error')),
    'wrong shape': chat('["bright"]'),
    'label outside the set': chat('{"label":"purple"}'),
    NaN: chat('{"label":"bright"}', '{"content":[{"token":"{\\"","logprob":NaN}]}'),
  },
};
