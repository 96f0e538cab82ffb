import type { Socket } from 'node:net';
import { LiveCaller } from '../task/caller.js';
import { admit, answerPredict, type PredictParts } from './answer-predict.js';
import { clientNamed } from './client-of.js';
import { goneStatus } from './count-requests.js';
import type { PredictHead } from './predict-head.js';
import { problemReply } from './problem.js';
import { cutOff, parseJson } from './read-json.js';
import { wireText, type Reply } from './reply.js';

export interface FastConnectionParts extends PredictParts {
  /** False: whatever comes now is for `node:http`. */
  readonly isOpen: () => boolean;
  readonly readHead: (head: string) => PredictHead | null;
  /** Seconds; null when the server keeps no connection, or each for ever. */
  readonly keepAliveSeconds: () => number | null;
  readonly dateText: () => string;
}

/** How a connection leaves the fast path. */
export interface Exits {
  /** To `node:http` for good, with the bytes that nobody has answered yet. */
  readonly handOver: (unread: Buffer) => void;
  /** With a refusal of what can not be answered; the code is one of `node:http`. */
  readonly refuse: (code: string) => void;
}

/** A larger request is for `node:http`: beside its own work that costs next to nothing. */
const fastBytesMax = 65_536;
/** A longer head too: `node:http` has a limit of its own (16 KiB), and an answer for it. */
const headBytesMax = 8_192;
/** What a client may send ahead of its turn before its connection is paused. */
const aheadBytesMax = 65_536;
const headEnd = '\r\n\r\n';

/** A request whose head has come. */
interface Incoming {
  readonly head: PredictHead;
  readonly bodyStart: number;
  readonly end: number;
  readonly chunks: Buffer[];
  bytes: number;
}

/**
 * One connection that has sent nothing but plain predictions so far, one at a time. With the first
 * request that is anything else it is handed over.
 */
export class FastConnection {
  /** When it was opened, the request on its way began, or the last answer was sent, ms. */
  sinceMs = performance.now();
  hasServed = false;
  private incoming: Incoming | null = null;
  private caller: LiveCaller | null = null;
  /** Sent while a request was answered. */
  private ahead: Buffer[] = [];
  private aheadBytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly parts: FastConnectionParts,
    private readonly exits: Exits,
  ) {
    socket.on('data', this.onData).on('end', this.onEnd).on('close', this.onClose);
    socket.on('drain', this.onDrain).on('error', this.onError);
  }

  get state(): 'idle' | 'receiving' | 'answering' | 'sending' {
    if (this.caller !== null) return 'answering';
    if (this.incoming !== null) return 'receiving';
    return this.socket.writableLength > 0 ? 'sending' : 'idle';
  }

  /** Gives up what has not come in time, or ended too early. */
  refuse(code: string): void {
    const isCut = this.incoming !== null;
    this.detach();
    // The refusal is written to someone who may be gone; without a listener that ends the process.
    this.socket.on('error', this.onError);
    if (isCut) {
      this.parts.onFailure(cutOff());
      this.parts.count('predict', goneStatus);
    }
    this.exits.refuse(code);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.caller === null) {
      this.take(chunk);
      return;
    }
    this.ahead.push(chunk);
    this.aheadBytes += chunk.byteLength;
    if (this.aheadBytes > aheadBytesMax) this.socket.pause();
  };

  /** As in `node:http`, who ends his side has hung up; `close` follows. */
  private readonly onEnd = (): void => {
    if (this.incoming === null) this.socket.end();
    else this.refuse('HPE_INVALID_EOF_STATE');
  };

  private readonly onClose = (): void => {
    if (this.incoming !== null) this.refuse('ECONNRESET');
    this.caller?.hangUp();
  };

  private readonly onDrain = (): void => {
    this.sinceMs = performance.now();
    this.socket.resume();
  };

  /** `close` follows. */
  private readonly onError = (): void => {};

  private take(chunk: Buffer): void {
    this.incoming ??= this.beginningWith(chunk);
    if (this.incoming === null) {
      this.handOver(chunk);
      return;
    }
    const { head, bodyStart, end, chunks } = this.incoming;
    chunks.push(chunk);
    this.incoming.bytes += chunk.byteLength;
    if (this.incoming.bytes < end) return;
    this.incoming = null;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    if (bytes.byteLength > end) this.ahead.push(bytes.subarray(end));
    void this.answer(head, bytes.subarray(bodyStart, end));
  }

  /** @returns null for what is not a whole plain head. */
  private beginningWith(chunk: Buffer): Incoming | null {
    const headBytes = this.parts.isOpen() ? chunk.indexOf(headEnd) : -1;
    if (headBytes === -1 || headBytes > headBytesMax) return null;
    const head = this.parts.readHead(chunk.toString('latin1', 0, headBytes));
    if (head === null || head.bodyBytes > this.parts.requestBytesMax) return null;
    const bodyStart = headBytes + headEnd.length;
    const end = bodyStart + head.bodyBytes;
    if (end > fastBytesMax) return null;
    this.sinceMs = performance.now();
    return { head, bodyStart, end, chunks: [], bytes: 0 };
  }

  private async answer(head: PredictHead, body: Buffer): Promise<void> {
    const caller = new LiveCaller();
    this.caller = caller;
    const reply = await this.replyTo(head, body, caller);
    this.caller = null;
    this.parts.count('predict', this.socket.writable ? reply.status : goneStatus);
    if (this.socket.writable) this.send(reply);
  }

  private async replyTo(head: PredictHead, body: Buffer, caller: LiveCaller): Promise<Reply> {
    try {
      const { task, key } = admit(this.parts, head.task, head);
      const refused = task.refusal();
      if (refused !== null) return problemReply(refused);
      const client = clientNamed({ clientId: head.clientId, key }, this.socket);
      const call = { body: parseJson(body), key, client, caller };
      return await answerPredict(task, call, this.parts);
    } catch (error) {
      this.parts.onFailure(error);
      return problemReply(error);
    }
  }

  private send(reply: Reply): void {
    const isLast = this.parts.isDraining();
    const keepAliveSeconds = this.parts.keepAliveSeconds();
    const text = wireText(reply, { isLast, keepAliveSeconds, date: this.parts.dateText() });
    this.hasServed = true;
    this.sinceMs = performance.now();
    const hasRoom = this.socket.write(text);
    if (isLast) {
      this.detach();
      this.socket.on('error', this.onError).destroySoon();
    } else if (this.ahead.length > 0) this.handOver(Buffer.concat(this.ahead));
    else if (!hasRoom) this.socket.pause(); // Who does not read his answers gets no further ones.
  }

  private handOver(unread: Buffer): void {
    this.detach();
    this.exits.handOver(unread);
  }

  private detach(): void {
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
    this.socket.off('drain', this.onDrain).off('error', this.onError);
    this.incoming = null;
    this.ahead = [];
  }
}
