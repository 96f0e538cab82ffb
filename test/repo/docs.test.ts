import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { docsSchemas, schemaText, withTables } from '../../src/cli/docs.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import { teacherSchema } from '../../src/config/teacher-schema.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { parseKeys } from '../../src/keys/api-key.js';
import { parseManifest } from '../../src/registry/bundle-schema.js';
import { trackedFiles } from '../support/tracked-files.js';

const root = repositoryRoot();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...['README.md', 'src/README.md', 'models/README.md', 'models/BUNDLES.md', 'deploy/README.md'],
  ...['loadtest/README.md', 'models/TEACHERS.md'],
];
const blocksOf = (path: string, language: string): string[] =>
  [...textOf(path).matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, block]) => block!,
  );
const found = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name!)),
];

describe('the documents', () => {
  const tables: Readonly<Record<string, readonly string[]>> = {
    'README.md': [
      'settings',
      'errors',
      'metrics',
      'task',
      'resilience',
      'teacher-onnx',
      'teacher-labels',
    ],
    'models/TEACHERS.md': ['teacher-oip', 'teacher-http', 'teacher-openai'],
    'models/BUNDLES.md': ['manifest', 'image', 'tokenizer', 'hashed-ngrams'],
  };
  for (const [path, names] of Object.entries(tables))
    it(`have the ${names.join(', ')} of the code in ${path} (npm run docs mends them)`, () => {
      const text = textOf(path);

      assert.equal(withTables(text), text);
      for (const name of names) assert.match(text, new RegExp(`<!-- ${name} -->\n\n\\|`));
    });

  it('have the JSON schemas of the code (npm run docs writes them)', () => {
    for (const name of Object.keys(docsSchemas))
      assert.equal(textOf(`models/${name}`), schemaText(name));
  });

  it('show manifests and task files that are valid', () => {
    const manifests = documents
      .flatMap((path) => blocksOf(path, 'json'))
      .map((block) => JSON.parse(block) as object)
      .filter((content) => 'format' in content);
    const taskFiles = documents
      .flatMap((path) => blocksOf(path, 'yaml'))
      .map((block) => parse(block) as object)
      .filter((content) => 'name' in content);

    assert.ok(manifests.length >= 6 && taskFiles.length >= 1);
    for (const manifest of manifests) parseManifest(manifest, 'an example');
    for (const task of taskFiles) parseTaskConfig(task, 'an example');
  });

  it('show teachers that are valid', () => {
    const teachers = documents
      .flatMap((path) => blocksOf(path, 'yaml'))
      .map((block) => parse(block) as Readonly<Record<string, unknown>>)
      .filter((content) => 'teacher' in content && !('name' in content));

    assert.ok(teachers.length >= 5);
    for (const { teacher } of teachers) teacherSchema.parse(teacher);
  });

  it('show keys files that are valid', () => {
    const lists = documents
      .flatMap((path) => blocksOf(path, 'yaml'))
      .map((block) => parse(block) as unknown)
      .filter(Array.isArray);

    assert.equal(lists.length, 1);
    for (const list of lists) assert.ok(parseKeys(list, 'an example').length > 0);
  });

  it('have bundles and task files in models/ that are valid', () => {
    const paths = trackedFiles().filter((path) => path.startsWith('models/'));
    const manifests = paths.filter((path) => path.endsWith('/manifest.json'));
    const taskFiles = paths.filter((path) => path.endsWith('/task.yaml'));

    assert.ok(manifests.length >= 2 && taskFiles.length >= 1);
    for (const path of manifests) parseManifest(JSON.parse(textOf(path)), path);
    for (const path of taskFiles) parseTaskConfig(parse(textOf(path)), path);
  });

  it('name only npm scripts that are there', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((path) => found(textOf(path), /npm run ([a-z:-]+)/g));

    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  it('name only commands that the program has', () => {
    const program = textOf('src/cli/program.ts');
    const named = documents.flatMap((path) => found(textOf(path), /npx understudy ([a-z-]+)/g));

    assert.ok(named.length > 3);
    assert.deepEqual(
      named.filter((name) => !program.includes(`command('${name}`)),
      [],
    );
  });

  it('link only to files that are there', () => {
    const dangling = documents.flatMap((path) =>
      found(textOf(path), /\]\((?!https?:|#)([^)#\s]+)/g)
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    );
    assert.deepEqual(dangling, []);
  });

  it('map every folder of src/, and no other', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`);
    const map = textOf('src/README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const mapped = map.flatMap((line) => found(line.split('|')[1]!, /`([a-z]+\/)`/g));

    assert.deepEqual(mapped.sort(), folders.sort());
  });
});

describe('every text of the repository', () => {
  const tracked = trackedFiles();
  const texts = tracked.filter((path) => !/\.(onnx|parquet|png)$|^package-lock/.test(path));
  const linesWith = (isOffending: (line: string) => boolean): string[] =>
    texts.flatMap((path) =>
      textOf(path)
        .split('\n')
        .flatMap((line, index) =>
          isOffending(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    );

  it('says nothing of the machine that it was written on', () => {
    assert.ok(texts.length > 300);
    assert.deepEqual(
      linesWith((line) => /\/work\/|\/root\/|\/tmp\//.test(line)),
      [],
    );
  });

  it('cites no document that is not here: a number has its source beside it', () => {
    const names = new Set(tracked.map((path) => path.split('/').at(-1)!));
    const isMissing = (name: string): boolean => !names.has(name);
    // Notes of the authors; spelt so that this line does not cite them itself.
    const notes = /\b((FACT|ALGORITHM|STATISTIC|PEER)S|DESIG[N]|STYL[E])\b/;

    assert.deepEqual(
      linesWith((line) => notes.test(line) || found(line, /\b([A-Z]{2,}\.md)\b/g).some(isMissing)),
      [],
    );
  });
});
