import type { Server } from 'node:http';
import type { Metrics } from '../telemetry/metrics.js';
import { createRequestCounter } from './count-requests.js';
import { openFastPath } from './fast-path.js';
import { createGatewayHandler, type GatewayHandlerParts } from './gateway-handler.js';
import { createHttpServer } from './http-server.js';
import { limitConnections } from './limit-connections.js';
import { createRequestGate } from './request-gate.js';
import { createStopListening, type StopOptions } from './stop-listening.js';

export interface GatewayServerParts
  extends Omit<GatewayHandlerParts, 'isDraining' | 'count'>, Omit<StopOptions, 'closeIdle'> {
  readonly metrics: Pick<Metrics, 'counterOf'>;
  readonly connectionsMax: number;
  /** Time that an idle connection stays open, ms. */
  readonly keepAliveMs: number;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** The gateway is about to end: once the port is closed, clients are asked to go. */
  readonly isLeaving: () => boolean;
}

export interface GatewayServer {
  readonly server: Server;
  /** See `createStopListening`. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** The server of one process, which does not listen yet: plain predictions, and all the rest. */
export function createGatewayServer(parts: GatewayServerParts): GatewayServer {
  const shared = {
    ...parts,
    count: createRequestCounter(parts.metrics),
    isDraining: () => parts.isLeaving() && !server.listening,
  };
  const gate = createRequestGate(createGatewayHandler(shared));
  const server = createHttpServer(gate.listener);
  server.keepAliveTimeout = parts.keepAliveMs;
  const { closeIdle } = openFastPath(server, {
    ...shared,
    isOpen: () => !gate.isHeld() && !shared.isDraining(),
  });
  limitConnections(server, parts.connectionsMax);
  return { server, stop: createStopListening(server, gate, { ...parts, closeIdle }) };
}
