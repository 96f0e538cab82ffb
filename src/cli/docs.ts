import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { settings } from '../config/settings.js';
import { taskConfigSchema } from '../config/task-config.js';
import { problemTitles } from '../http/problem.js';
import { httpStatusOf } from '../http/status.js';
import { metricList } from '../telemetry/metric-list.js';
import { snapshotManifestSchema } from '../distillation/snapshot-schema.js';
import { manifestSchema } from '../registry/bundle-schema.js';
import type { ErrorCode } from '../errors.js';
import { schemaAt, schemaRows } from './schema-table.js';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** As people write the files: what has a default may be left out. */
const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input' });
const manifestJsonSchema = schemaOf(manifestSchema);

/** JSON schemas for editors and other programs, by their file names in `models/`. */
export const docsSchemas: Readonly<Record<string, JsonSchema>> = {
  'bundle.schema.json': manifestJsonSchema,
  'snapshot.schema.json': schemaOf(snapshotManifestSchema),
  'task.schema.json': schemaOf(taskConfigSchema),
};

const fieldsHeader = ['field', 'takes', 'default', 'meaning'];
const preprocessTable = (kind: string) => (): string =>
  table(fieldsHeader, schemaRows(schemaAt(manifestJsonSchema, 'preprocess', kind), ['kind']));

const teacherSchemaOf = (kind: string): JsonSchema =>
  schemaAt(docsSchemas['task.schema.json']!, 'teacher', kind);
const teacherTable = (kind: string) => (): string =>
  table(fieldsHeader, schemaRows(teacherSchemaOf(kind), ['weight', 'resilience']));

/** The documents' tables, as markdown; each stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export const docsTables: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ['setting', 'variable', 'default', 'range', 'meaning'],
      settings.map(({ key, env, schema, unit, range, help, ...rest }) => [
        'isSecret' in rest ? '' : `\`${key}\``,
        `\`${env}\``,
        'isSecret' in rest ? '' : `\`${String(schema.parse(undefined))}\``,
        `${range} (${unit})`,
        help,
      ]),
    ),
  errors: () =>
    table(
      ['code', 'status', 'meaning'],
      (Object.keys(httpStatusOf) as ErrorCode[]).map((code) => [
        `\`${code}\``,
        String(httpStatusOf[code]),
        problemTitles[code],
      ]),
    ),
  metrics: () =>
    table(
      ['metric', 'kind', 'labels', 'answers'],
      Object.values(metricList).map(({ name, kind, labels, help }) => [
        `\`${name}\``,
        kind,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    ),
  task: () =>
    table(fieldsHeader, schemaRows(docsSchemas['task.schema.json']!, ['input', 'labels'])),
  resilience: () =>
    table(fieldsHeader, schemaRows(schemaAt(teacherSchemaOf('onnx'), 'resilience'))),
  'teacher-onnx': teacherTable('onnx'),
  'teacher-labels': teacherTable('labels'),
  'teacher-oip': teacherTable('oip'),
  'teacher-http': teacherTable('http'),
  'teacher-openai': teacherTable('openai'),
  manifest: () => table(fieldsHeader, schemaRows(manifestJsonSchema, ['$schema'])),
  image: preprocessTable('image'),
  'hashed-ngrams': preprocessTable('hashed-ngrams'),
  tokenizer: preprocessTable('tokenizer'),
};

export interface DocsOptions {
  /** Documents that get their tables anew. */
  readonly write?: readonly string[];
  /** Folder that gets the JSON schemas. */
  readonly schemas?: string;
}

/** `understudy docs`: prints the tables, or puts them into the documents that are named. */
export async function docs({ write, schemas }: DocsOptions): Promise<void> {
  if (write === undefined && schemas === undefined)
    for (const makeTable of Object.values(docsTables)) console.log(`${makeTable()}\n`);
  for (const path of write ?? []) await writeFile(path, withTables(await readFile(path, 'utf8')));
  if (schemas !== undefined)
    for (const name of Object.keys(docsSchemas))
      await writeFile(join(schemas, name), schemaText(name));
}

/** @returns the JSON schema of that file name as the file has it. */
export const schemaText = (name: string): string =>
  `${JSON.stringify(docsSchemas[name], null, 2)}\n`;

/** @returns `text` with every table between its markers made anew. */
export function withTables(text: string): string {
  return Object.entries(docsTables).reduce((result, [name, makeTable]) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    return result.replace(between, (_, start: string, end: string) =>
      [start, '\n', makeTable(), '\n\n', end].join(''),
    );
  }, text);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) =>
    Math.max(3, ...lines.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(lines[0]!), rule, ...lines.slice(1).map(line)].join('\n');
}
