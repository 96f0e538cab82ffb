import { activationGradients } from './activation-gradients.js';
import { elementwiseGradients } from './elementwise-gradients.js';
import type { GradientRules } from './gradient-rule.js';
import { matrixGradients } from './matrix-gradients.js';
import { reductionGradients } from './reduction-gradients.js';
import { shapeGradients } from './shape-gradients.js';
import { windowGradients } from './window-gradients.js';

/** The derivative of each operator, as operators again. */
export const gradientRules: GradientRules = {
  ...elementwiseGradients,
  ...activationGradients,
  ...reductionGradients,
  ...matrixGradients,
  ...shapeGradients,
  ...windowGradients,
};
