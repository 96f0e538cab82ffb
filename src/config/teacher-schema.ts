import { z } from 'zod';
import { anyTeacher } from './any-teacher-schema.js';
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
  ...anyTeacher,
});

const labelsTeacherSchema = z.strictObject({
  kind: z.literal('labels').describe('A file of labels that stands in for a teacher'),
  name,
  file: z.string().min(1).describe('Labelled file: CSV, TSV, JSONL or Parquet'),
  inputColumn: column.describe(
    'Column with the inputs, of a tensor also a,b,...; null: found by its usual names',
  ),
  labelColumn: column.describe('Column with the labels; null: found by its usual names'),
  costPerRowUsd: costPerRowUsd.describe('Price that one answer stands for, US dollars'),
  ...anyTeacher,
});

/** Who a teacher is, by its kind. */
export const teacherSchema = z.discriminatedUnion('kind', [
  onnxTeacherSchema,
  labelsTeacherSchema,
  oipTeacherSchema,
  httpTeacherSchema,
  openaiTeacherSchema,
]);

export type TeacherConfig = z.output<typeof teacherSchema>;

/** So many teachers of one task at most: each is asked only after those before it. */
const teachersMax = 8;
export const teachersSchema = z.array(teacherSchema).min(1).max(teachersMax);

/** Who may answer, as a task file says it: one teacher, or several. */
export interface TeacherFields {
  readonly teacher?: TeacherConfig;
  readonly teachers?: readonly TeacherConfig[];
}

/** The teachers of a task; students are held against the first one. */
export const teachersOf = ({ teacher, teachers }: TeacherFields): readonly TeacherConfig[] =>
  teachers ?? [teacher!];

/** The one that students are held against. */
export const teacherOf = (fields: TeacherFields): TeacherConfig => teachersOf(fields)[0]!;

/** What of the teachers does not go together. */
export function teachersProblem({
  teacher,
  teachers,
}: TeacherFields): { readonly path: readonly (string | number)[]; readonly must: string } | null {
  if ((teacher === undefined) === (teachers === undefined))
    return { path: ['teacher'], must: 'takes exactly one of teacher and teachers' };
  const all = teachers ?? [];
  const names = all.map(({ name }) => name);
  const twin = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twin >= 0) return { path: ['teachers', twin, 'name'], must: 'must be of one teacher alone' };
  const weightless = all.findIndex(({ weight }) => weight === undefined);
  if (weightless >= 0 && all.some(({ weight }) => weight !== undefined))
    return { path: ['teachers', weightless, 'weight'], must: 'is needed: others have one' };
  return null;
}
