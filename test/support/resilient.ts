import { resilienceSchema } from '../../src/config/resilience-schema.js';
import type { ResilienceSettings } from '../../src/teacher/resilience/resilience-settings.js';
import { ResilientTeacher } from '../../src/teacher/resilience/resilient-teacher.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { VirtualClock } from './virtual-clock.js';

export interface ResilientRigOptions {
  /** Parts of the `resilience` block of a task file. */
  readonly settings?: object;
  /** Default 1000. */
  readonly timeoutMs?: number | null;
  /** Default 0.5. */
  readonly draw?: () => number;
  readonly teacher?: FakeTeacher;
}

/** A fake teacher behind what makes its failures bearable, by a clock that the test moves. */
export function resilientRig(options: ResilientRigOptions = {}) {
  const inner = options.teacher ?? new FakeTeacher();
  const clock = new VirtualClock();
  const heard: string[] = [];
  const settings: ResilienceSettings = resilienceSchema.parse(options.settings ?? {});
  const teacher = new ResilientTeacher(inner, {
    settings,
    timeoutMs: options.timeoutMs === undefined ? 1000 : options.timeoutMs,
    clock,
    draw: options.draw ?? (() => 0.5),
    observer: {
      breakerChanged: (state) => void heard.push(state),
      triedAgain: (how) => void heard.push(how),
      paused: (durationMs) => void heard.push(`paused ${durationMs}`),
    },
  });
  return { teacher, inner, clock, heard };
}

/** What became of a promise, which may go on waiting. */
export function watched<T>(promise: Promise<T>) {
  const outcome: { value?: T; error?: unknown; isOver: boolean } = { isOver: false };
  promise.then(
    (value) => Object.assign(outcome, { value, isOver: true }),
    (error: unknown) => Object.assign(outcome, { error, isOver: true }),
  );
  return outcome;
}
