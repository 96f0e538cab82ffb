import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';

/** One model of texts behind the Open Inference Protocol. */
export interface TextModel {
  readonly name: string;
  /** Of its output. */
  readonly classCount: number;
  /** @returns [texts] of [classes] probabilities. */
  judge(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

/** Longest body, bytes, and most rows of one request. */
const bodyBytesMax = 1_048_576;
const rowsMax = 256;

/**
 * Creates a small model server that speaks the Open Inference Protocol, version 2, over REST: what
 * a Triton or KServe would be in earnest, and all of it that a gateway asks its teacher.
 */
export function createOipServer(model: TextModel): Server {
  return createServer((request, response) => {
    answer(request, model).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { error: String(error) }),
    );
  });
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(request: IncomingMessage, model: TextModel): Promise<Answer> {
  const { method, url } = request;
  const path = `/v2/models/${model.name}`;
  const known: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    'GET /v2': () => ok({ name: 'reviews-teacher', version: '1', extensions: [] }),
    'GET /v2/health/live': () => ok({ live: true }),
    'GET /v2/health/ready': () => ok({ ready: true }),
    [`GET ${path}`]: () => ok(metadataOf(model)),
    [`GET ${path}/ready`]: () => ok({ name: model.name, ready: true }),
    [`POST ${path}/infer`]: async () => infer(await readBody(request), model),
  };
  const asked = known[`${method ?? ''} ${url ?? ''}`];
  if (asked === undefined) return refuse(404, `There is no ${method ?? ''} ${url ?? ''} here.`);
  return asked();
}

const metadataOf = ({ name, classCount }: TextModel): object => ({
  name,
  platform: 'universal-sentence-encoder-lite',
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
  outputs: [{ name: 'probabilities', datatype: 'FP64', shape: [-1, classCount] }],
});

const inferSchema = z.object({
  id: z.string().exactOptional(),
  inputs: z.tuple([
    z.object({
      name: z.literal('text'),
      datatype: z.literal('BYTES'),
      shape: z.tuple([z.number().int().min(1).max(rowsMax)]),
      data: z.array(z.string().min(1)),
    }),
  ]),
});

async function infer(body: string | null, model: TextModel): Promise<Answer> {
  if (body === null) return refuse(413, `A body has ${bodyBytesMax} bytes at most.`);
  const parsed = inferSchema.safeParse(jsonIn(body));
  if (!parsed.success)
    return refuse(400, `That is no request for ${model.name}: ${z.prettifyError(parsed.error)}`);
  const { id, inputs } = parsed.data;
  const [{ shape, data }] = inputs;
  if (shape[0] !== data.length)
    return refuse(400, `The shape says ${shape[0]} rows, and there are ${data.length}.`);
  const probabilities = await model.judge(data);
  return ok({
    model_name: model.name,
    ...(id === undefined ? {} : { id }),
    outputs: [
      {
        ...{ name: 'probabilities', datatype: 'FP64', shape: [data.length, model.classCount] },
        data: probabilities.flat(),
      },
    ],
  });
}

/** @returns undefined for what is no JSON. */
function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** @returns null for a body that is too long, which is read to its end all the same. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(chunks).toString('utf8');
}

const ok = (body: object): Answer => ({ status: 200, body });
const refuse = (status: number, error: string): Answer => ({ status, body: { error } });

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
