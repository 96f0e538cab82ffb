import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createChatAnswerer } from '../../test/support/chat-server.js';
import {
  jsonReply,
  type TeacherReply,
  type TeacherRequest,
} from '../../test/support/teacher-server.js';

export interface JsonTeacher {
  readonly port: number;
  close(): void;
}

/** Of the language model. */
export const chatKey = 'sk-squares';

/** A square is bright from here on, as this teacher sees it. */
const cut = 0.7;

export const trueLabelOf = ([brightness]: readonly number[]): 'dark' | 'bright' =>
  brightness! >= cut ? 'bright' : 'dark';

function answerTo(pixels: readonly number[]) {
  const label = trueLabelOf(pixels);
  return { label, scores: label === 'dark' ? [0.9, 0.1] : [0.1, 0.9] };
}

interface OipInput {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The same by the Open Inference Protocol. */
function oipAnswerTo({ shape, data }: OipInput) {
  const rows = shape[0]!;
  const size = data.length / rows;
  const scores = Array.from({ length: rows }, (_, k) => answerTo(data.slice(k * size)).scores);
  const output = { name: 'scores', datatype: 'FP32', shape: [rows, 2], data: scores.flat() };
  return { model_name: 'squares', outputs: [output] };
}

/** The same as a language model: it reads the pixels in the text that it is sent. */
const answerChat = createChatAnswerer({
  key: chatKey,
  model(input) {
    const [dark, bright] = answerTo((JSON.parse(input) as { input: number[] }).input).scores;
    return { dark: dark!, bright: bright! };
  },
});

function replyTo(request: TeacherRequest): TeacherReply {
  const { method, path, text } = request;
  if (method === 'GET') return { status: 404, text: '' };
  if (path.endsWith('/chat/completions')) return answerChat(request);
  const { inputs } = JSON.parse(text) as { inputs: unknown[] };
  return jsonReply(
    path.endsWith('/infer')
      ? oipAnswerTo(inputs[0] as OipInput)
      : { rows: inputs.map((input) => answerTo((input as unknown[]).flat(3) as number[])) },
  );
}

/**
 * Starts an HTTP server that labels squares: `{inputs}` -> `{rows: [{label, scores}]}`, by the Open
 * Inference Protocol, without its metadata, or by the chat API of OpenAI.
 */
export async function startJsonTeacher(): Promise<JsonTeacher> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const content = Buffer.concat(chunks).toString();
      const { status, text } = replyTo({ method, path: url, headers, text: content });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
