import type { PolicyChanges } from '../config/policy-changes.js';
import { labelNamesProblem, policyProblemsOf, type Policy } from '../config/policy-schema.js';
import { InvalidInputError } from '../errors.js';
import { createTurns } from '../files/in-turn.js';
import type { PolicyJson } from '../http/api-types.js';
import type { TaskService } from '../task/task-service.js';
import { policyJsonOf } from './policy-json.js';
import type { TaskMachinery } from './task-machinery.js';
import type { TaskParts } from './task-parts.js';
import type { TeacherAgreement } from './teacher-agreement.js';

/** Changes come one after the other: of two at once, neither undoes what the other set. */
export function createPolicyUpdate(
  { policyFile, spec, keptOut }: TaskParts,
  { guarantee, studentSwitch, teacherWatch, bus }: TaskMachinery,
): TaskService['updatePolicy'] {
  const { inTurn } = createTurns();

  async function update(patch: PolicyChanges): Promise<PolicyJson> {
    const policy = { ...guarantee.policy, ...patch };
    requireFit(policy, spec.labels);
    requireKeptOut(patch, keptOut.share);
    if (policy.riskMax !== guarantee.policy.riskMax)
      requireAboveFloor(policy, teacherWatch.selfAgreement);
    await policyFile.write({ ...(await policyFile.read()), ...patch });
    guarantee.setPolicy(policy);
    bus.emit('policyChanged', patch);
    await studentSwitch.rebind();
    return policyJsonOf(policy);
  }

  return (patch) => inTurn(() => update(patch));
}

/**
 * A target that no student could keep would have the teacher answer everything for ever.
 *
 * @throws {InvalidInputError} for such a one.
 */
function requireAboveFloor({ riskMax }: Policy, selfAgreement: TeacherAgreement): void {
  const refusal = selfAgreement.refusalOf(riskMax);
  if (refusal === null) return;
  throw new InvalidInputError(refusal.why, {
    field: 'riskMax',
    expected: `at least ${refusal.riskMaxMin}`,
    got: riskMax,
  });
}

/** @throws {InvalidInputError} for the first thing that does not go together. */
function requireFit(policy: Policy, labels: readonly string[]): void {
  const problem = policyProblemsOf(policy)[0] ?? labelNamesProblem(policy, labels);
  if (problem === null) return;
  const { field, must, expected } = problem;
  const got = policy[field];
  throw new InvalidInputError(`${field} ${must}.`, {
    field,
    expected,
    got: typeof got === 'number' ? got : JSON.stringify(got),
  });
}

/**
 * A higher rate than inputs are kept out for would not be in force, and nobody would know.
 *
 * @throws {InvalidInputError} for such a one.
 */
function requireKeptOut({ holdoutRate = 0 }: PolicyChanges, keptOutShare: number): void {
  if (holdoutRate <= keptOutShare) return;
  throw new InvalidInputError(
    `holdoutRate must not be above ${keptOutShare}: more inputs are not kept out of training ` +
      'since a threshold was certified, and what was learnt from is no evidence. Start the task ' +
      'with a higher recoveryHoldoutRate and another data directory to hold out more.',
    { field: 'holdoutRate', expected: `at most ${keptOutShare}`, got: holdoutRate },
  );
}
