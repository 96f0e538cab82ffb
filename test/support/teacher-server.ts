import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

export interface TeacherRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface TeacherReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a server does instead of answering. */
export type Fault =
  | { readonly kind: 'reply'; readonly reply: TeacherReply }
  | { readonly kind: 'reset' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'endless' };

export interface TeacherServer {
  readonly url: string;
  /** Every request so far. */
  readonly requests: TeacherRequest[];
  /** Requests whose client has hung up before there was an answer. */
  hungUp: number;
  /** Connections made to it so far. */
  connections: number;
  /** In force until it is null again. */
  fault: Fault | null;
  close(): Promise<void>;
}

/** Starts a real HTTP server that answers as it is told; gone after the tests. */
export async function startTeacherServer(
  answer: (request: TeacherRequest) => TeacherReply | Promise<TeacherReply>,
): Promise<TeacherServer> {
  const server = createServer((request, response) => void serve(request, response));
  const state: TeacherServer = {
    url: '',
    requests: [],
    hungUp: 0,
    connections: 0,
    fault: null,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', url = '', headers } = request;
    const received = { method, path: url, headers, text };
    state.requests.push(received);
    response.once('close', () => {
      if (!response.writableFinished) state.hungUp++;
    });
    const { fault } = state;
    if (fault === null || fault.kind === 'reply')
      send(response, fault === null ? await answer(received) : fault.reply);
    else if (fault.kind === 'reset') request.socket.resetAndDestroy();
    else if (fault.kind === 'truncate') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"outputs": [', () => request.socket.destroy());
    } else if (fault.kind === 'endless') flood(response);
  }

  server.on('connection', () => state.connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => state.close());
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}` });
}

function send(response: ServerResponse, { status, headers = {}, text }: TeacherReply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}

/** Spaces, which JSON allows anywhere, for as long as they are read. */
function flood(response: ServerResponse): void {
  const spaces = Buffer.alloc(1_048_576, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(spaces));
  };
  response.on('drain', more);
  response.on('error', () => {});
  more();
}

export const jsonReply = (value: unknown, status = 200): TeacherReply => ({
  status,
  text: JSON.stringify(value),
});
