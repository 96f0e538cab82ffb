import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { withTables } from '../../src/cli/docs.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { trackedFiles } from '../support/tracked-files.js';

const root = repositoryRoot();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'src/README.md', 'models/README.md', 'deploy/README.md'];
const found = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name!)),
];

describe('the documents', () => {
  it('have the settings, errors and metrics that the code has (npm run docs mends them)', () => {
    const text = textOf('README.md');

    assert.equal(withTables(text), text);
    for (const name of ['settings', 'errors', 'metrics'])
      assert.match(text, new RegExp(`<!-- ${name} -->\n\n\\|`));
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
