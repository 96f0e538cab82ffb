import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JsonTeacher {
  readonly port: number;
  close(): void;
}

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

/**
 * Starts an HTTP server that labels squares: `{inputs}` -> `{rows: [{label, scores}]}`, or by the
 * Open Inference Protocol, without its metadata.
 */
export async function startJsonTeacher(): Promise<JsonTeacher> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') {
        response.writeHead(404).end();
        return;
      }
      const { inputs } = JSON.parse(Buffer.concat(chunks).toString()) as { inputs: unknown[] };
      const answer = request.url!.endsWith('/infer')
        ? oipAnswerTo(inputs[0] as OipInput)
        : { rows: inputs.map((input) => answerTo((input as unknown[]).flat(3) as number[])) };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
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
