import { createTextNetwork, type TextNetwork } from '../../src/distillation/text/text-network.js';
import { seededDraw } from './seeded-draw.js';

/** A small one; neither its hidden values nor its classes are a multiple of four. */
export function smallTextNetwork(): TextNetwork {
  const shape = { places: 5, hiddenSize: 6, classCount: 3 };
  const network = createTextNetwork(shape, seededDraw(3));
  network.hiddenBias.set([0.1, -0.2, 0.3, 0.05, -0.1, 0.2]);
  network.headBias.set([0.2, -0.1, 0.05]);
  return network;
}
