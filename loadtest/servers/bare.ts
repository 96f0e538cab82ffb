import { createServer, type IncomingMessage } from 'node:http';
import { announce } from './announce.js';
import { openDigitsStudent } from './digits-student.js';

/*
 * The least that can answer a prediction: node:http, JSON of a base64 image in, `{label}` out, and
 * the gateway's own micro-batched session. No checks, no provenance, no metrics, no log.
 */

const student = await openDigitsStudent();

async function answerOf(request: IncomingMessage): Promise<Buffer> {
  const { input } = JSON.parse(await bodyOf(request)) as { input: string };
  const label = await student.labelOf(Buffer.from(input, 'base64'));
  return Buffer.from(JSON.stringify({ label }));
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}

await announce(
  createServer((request, response) => {
    answerOf(request).then(
      (text) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': text.byteLength,
        });
        response.end(text);
      },
      () => void response.writeHead(500, { 'content-length': 0 }).end(),
    );
  }),
);
