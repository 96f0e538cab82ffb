import { z } from 'zod';
import { httpTeacherSchema } from './http-teacher-schema.js';
import { oipTeacherSchema } from './oip-teacher-schema.js';
import { openaiTeacherSchema } from './openai-teacher-schema.js';
import { costPerRowUsd, teacherName as name } from './remote-teacher-schema.js';

const column = z.string().min(1).nullable().default(null);

const onnxTeacherSchema = z.strictObject({
  kind: z.literal('onnx').describe('A local model'),
  name,
  bundle: z.string().min(1).describe('Bundle directory'),
  costPerRowUsd,
  timeoutMs: z
    .number()
    .int()
    .min(1)
    .max(600_000)
    .default(2000)
    .describe('Later the answer is `degraded`, or an error'),
});

const labelsTeacherSchema = z.strictObject({
  kind: z.literal('labels').describe('A file of labels that stands in for a teacher'),
  name,
  file: z.string().min(1).describe('Labelled file: CSV, TSV, JSONL or Parquet'),
  inputColumn: column.describe('Column with the inputs; null: found by its usual names'),
  labelColumn: column.describe('Column with the labels; null: found by its usual names'),
  costPerRowUsd: costPerRowUsd.describe('Price that one answer stands for, US dollars'),
});

/** Who a task's teacher is, by its kind. */
export const teacherSchema = z.discriminatedUnion('kind', [
  onnxTeacherSchema,
  labelsTeacherSchema,
  oipTeacherSchema,
  httpTeacherSchema,
  openaiTeacherSchema,
]);
