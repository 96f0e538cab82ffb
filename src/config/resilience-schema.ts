import { z } from 'zod';

const ms = z.number().int().min(1).max(3_600_000);
const share = z.number().gt(0).max(1);
const count = z.number().int().min(1);

const retriesSchema = z
  .strictObject({
    attemptsMax: count.max(10).default(3).describe('Attempts at a call at most; 1: no retries'),
    budgetShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Retries and hedges together, as a share of all calls'),
    firstDelayMs: ms.default(50).describe('Longest wait before the first retry; then twice it'),
    delayMsMax: ms.default(2000).describe('No wait is longer, unless the teacher asks for more'),
  })
  .describe('Further attempts at calls that failed');

const breakerSchema = z
  .strictObject({
    windowMs: ms.default(30_000).describe('How far back calls count'),
    callsMin: count.max(10_000).default(10).describe('With fewer calls it stays closed'),
    failureShare: share.default(0.5).describe('It opens when such a share of them has failed'),
    openMs: ms.default(5000).describe('How long it is open; twice as long after each failed probe'),
    openMsMax: ms.default(60_000).describe('It is open no longer'),
    probes: count.max(100).default(2).describe('Calls that must succeed before it closes'),
  })
  .describe('Leaves a teacher alone that fails');

const limitSchema = z
  .strictObject({
    callsMax: count.max(10_000).default(64).describe('Calls at once at most; fewer in trouble'),
    queueMax: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .default(1024)
      .describe('Calls that may wait; more are refused'),
  })
  .describe('Calls that the teacher has at once');

const hedgeSchema = z
  .strictObject({
    afterShare: share.default(0.95).describe('Asks again when a call is slower than such a share'),
    afterMsMin: ms.default(20).describe('But not before so many ms'),
  })
  .nullable()
  .default(null)
  .describe(
    'A second attempt beside a slow first one, `{afterShare: 0.95, afterMsMin: 20}` by default: ' +
      'slower than such a share of calls of its size, and than so many ms; null: none',
  );

/** How a teacher is asked. */
export const resilienceSchema = z.strictObject({
  attemptTimeoutMs: ms
    .nullable()
    .default(null)
    .describe(
      'Longest wait for one attempt, ms; null: all of `timeoutMs`, which no retry prolongs',
    ),
  retries: retriesSchema.prefault({}),
  breaker: breakerSchema.prefault({}),
  limit: limitSchema.prefault({}),
  hedge: hedgeSchema,
});
