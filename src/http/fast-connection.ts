import type { Socket } from 'node:net';
import { LiveCaller } from '../task/caller.js';
import { answerPredict, taskOf, type PredictParts } from './answer-predict.js';
import { goneStatus, type CountRequest } from './count-requests.js';
import type { PredictHead } from './predict-head.js';
import { problemReply } from './problem.js';
import { cutOff, parseJson } from './read-json.js';
import { answerType, wireText, type Reply } from './reply.js';

export interface FastPathParts extends PredictParts {
  readonly count: CountRequest;
  /** Called with whatever made a request fail, the caller's own mistakes included. */
  readonly onFailure: (error: unknown) => void;
  /** False: whatever comes now is for `node:http`. */
  readonly isOpen: () => boolean;
}

export interface FastConnectionParts extends FastPathParts {
  readonly readHead: (head: string) => PredictHead | null;
  readonly keepAliveSeconds: number;
  readonly dateText: () => string;
  /** Gives the connection away for good, with the bytes that nobody has answered yet. */
  readonly handOver: (unread: Buffer) => void;
  /** The client ended in the middle of a request. */
  readonly onCut: () => void;
}

/** A larger request is for `node:http`: beside its own work that costs next to nothing. */
const fastBytesMax = 65_536;
const headEnd = '\r\n\r\n';

/** A head, and as much of its body as has come. */
interface Partial {
  readonly head: PredictHead;
  readonly bodyStart: number;
  readonly bytes: Buffer;
}

/**
 * One connection that has sent nothing but plain predictions so far, one at a time. With the first
 * request that is anything else it is handed over.
 */
export class FastConnection {
  /** When the request began that is on its way, or the last answer was sent, ms. */
  sinceMs = performance.now();
  hasServed = false;
  private partial: Partial | null = null;
  private caller: LiveCaller | null = null;
  /** Sent before its turn, while a request was answered. */
  private ahead: Buffer[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly parts: FastConnectionParts,
  ) {
    socket.on('data', this.onData).on('end', this.onEnd);
    socket.on('close', this.onClose).on('error', this.onError);
  }

  get state(): 'idle' | 'receiving' | 'answering' {
    if (this.caller !== null) return 'answering';
    return this.partial === null ? 'idle' : 'receiving';
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.caller === null) this.take(chunk);
    else {
      this.ahead.push(chunk);
      this.socket.pause();
    }
  };

  /** As in `node:http`, who ends his side has hung up; `close` follows. */
  private readonly onEnd = (): void => {
    if (this.state === 'receiving') this.onCut();
    else this.socket.end();
  };

  private readonly onClose = (): void => {
    if (this.state === 'receiving') this.onCut();
    this.caller?.hangUp();
  };

  /** Half a request is a failed one. */
  private onCut(): void {
    this.detach();
    this.parts.onFailure(cutOff());
    this.parts.count('predict', goneStatus);
    this.parts.onCut();
  }

  /** `close` follows. */
  private readonly onError = (): void => {};

  private take(chunk: Buffer): void {
    const partial = this.partial;
    const bytes = partial === null ? chunk : Buffer.concat([partial.bytes, chunk]);
    const { head, bodyStart } = partial ?? this.headOf(bytes);
    const end = bodyStart + (head?.bodyBytes ?? 0);
    if (head === null || end > fastBytesMax || head.bodyBytes > this.parts.requestBytesMax) {
      this.handOver(bytes);
      return;
    }
    if (partial === null) this.sinceMs = performance.now();
    this.partial = bytes.byteLength < end ? { head, bodyStart, bytes } : null;
    if (this.partial !== null) return;
    if (bytes.byteLength > end) this.ahead.push(bytes.subarray(end));
    void this.answer(head, bytes.subarray(bodyStart, end));
  }

  private headOf(bytes: Buffer): { readonly head: PredictHead | null; readonly bodyStart: number } {
    const end = this.parts.isOpen() ? bytes.indexOf(headEnd) : -1;
    if (end === -1) return { head: null, bodyStart: 0 };
    return {
      head: this.parts.readHead(bytes.toString('latin1', 0, end)),
      bodyStart: end + headEnd.length,
    };
  }

  private async answer(head: PredictHead, body: Buffer): Promise<void> {
    const caller = new LiveCaller();
    this.caller = caller;
    const reply = await this.replyTo(head, body, caller);
    this.caller = null;
    this.parts.count('predict', this.socket.destroyed ? goneStatus : reply.status);
    this.send(reply);
  }

  private async replyTo(head: PredictHead, body: Buffer, caller: LiveCaller): Promise<Reply> {
    try {
      const task = taskOf(this.parts, head.task);
      const refused = task.refusal();
      if (refused !== null) return problemReply(refused);
      const client = head.clientId ?? this.socket.remoteAddress ?? null;
      const request = { body: parseJson(body), client, caller };
      const text = await answerPredict(task, request, this.parts);
      return { status: 200, headers: { 'content-type': answerType }, text };
    } catch (error) {
      this.parts.onFailure(error);
      return problemReply(error);
    }
  }

  private send(reply: Reply): void {
    if (this.socket.destroyed) return;
    const isClosing = this.parts.isDraining();
    const keepAliveSeconds = isClosing ? null : this.parts.keepAliveSeconds;
    const text = wireText(reply, { keepAliveSeconds, date: this.parts.dateText() });
    this.hasServed = true;
    this.sinceMs = performance.now();
    if (isClosing) {
      this.socket.end(text);
      return;
    }
    // Who does not read his answers gets no further ones.
    if (!this.socket.write(text)) {
      this.socket.pause();
      this.socket.once('drain', () => this.socket.resume());
    }
    if (this.ahead.length > 0) this.handOver(Buffer.concat(this.ahead));
  }

  private handOver(unread: Buffer): void {
    this.detach();
    this.parts.handOver(unread);
  }

  private detach(): void {
    this.socket.off('data', this.onData).off('end', this.onEnd);
    this.socket.off('close', this.onClose).off('error', this.onError);
  }
}
