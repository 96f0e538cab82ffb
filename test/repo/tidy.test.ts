import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { trackedFiles } from '../support/tracked-files.js';

const root = repositoryRoot();
const tracked = trackedFiles();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const code = tracked.filter((path) => /\.(ts|tsx|mjs)$/.test(path));
const source = code.filter((path) => path.startsWith('src/'));
const architecture = textOf('src/README.md');

describe('the repository', () => {
  it('keeps source files to 300 lines, tests to 400, and lines to 100 columns', () => {
    const offenders = code.flatMap((path) => {
      const lines = textOf(path).split('\n');
      const linesMax = path.startsWith('test/') ? 400 : 300;
      const tooWide = lines.findIndex((line) => line.length > 100);
      return [
        ...(lines.length - 1 > linesMax ? [`${path}: ${lines.length - 1} lines`] : []),
        ...(tooWide >= 0 ? [`${path}:${tooWide + 1}: over 100 columns`] : []),
      ];
    });
    assert.deepEqual(offenders, []);
  });

  it('has the top-level folders that src/README.md lists, and beside them the usual files', () => {
    const usual = new Set([
      ...['README.md', 'LICENSE', 'package.json', 'package-lock.json', 'tsconfig.json'],
      ...['eslint.config.js', '.npmrc', '.gitignore', '.gitattributes', '.dockerignore'],
      ...['.prettierrc.json', '.prettierignore'],
    ]);
    const listed = [...architecture.matchAll(/^- `([a-z.]+)\/`: /gm)].map(([, folder]) => folder!);
    const entries = new Set(tracked.map((path) => path.split('/')[0]!));

    assert.deepEqual([...entries].filter((entry) => !usual.has(entry)).sort(), listed.sort());
  });

  it('names files in kebab-case', () => {
    const offenders = code.filter(
      (path) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(path.split('/').at(-1)!),
    );
    assert.deepEqual(offenders, []);
  });

  it('carries no registry host in the lockfile', () => {
    assert.doesNotMatch(textOf('package-lock.json'), /"resolved"/);
  });
});

interface Part {
  /** `routing` or `predict`: what its files' paths start with, without `src/`. */
  readonly name: string;
  /** In the words of the table. */
  readonly mayImport: string;
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, n]) => n!);
const withoutEnding = (path: string): string => path.replace(/\.(ts|tsx|mjs|js)$|\/$/, '');
const isOf = (target: string, part: string): boolean =>
  target === part || target.startsWith(`${part}/`);

/** The rows of the map in src/README.md, one for each part that a row names. */
const parts: readonly Part[] = architecture
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => {
    const [, named, , mayImport] = line.split('|').map((cell) => cell.trim());
    return namesIn(named!).map((name) => ({ name: withoutEnding(name), mayImport: mayImport! }));
  });

function mayImport({ mayImport: words }: Part, target: string): boolean {
  if (target.startsWith('http/api-types')) return true; // Types alone, for everybody.
  const isNamed = namesIn(words).some((name) => isOf(target, name));
  return words.startsWith('anything') ? !isNamed : isNamed;
}

describe('dependencies', () => {
  const partOf = (path: string): Part | undefined =>
    parts.find(({ name }) => isOf(withoutEnding(path.replace(/^src\//, '')), name));
  const importsOf = (path: string): string[] =>
    [...textOf(path).matchAll(/\b(?:from|import)[ (]'(\.[^']+)'/g)].map(([, target]) =>
      withoutEnding(join(path, '..', target!).replace(/^src\//, '')),
    );

  it('are told by src/README.md for every source file', () => {
    assert.deepEqual(
      source.filter((path) => partOf(path) === undefined),
      [],
    );
  });

  for (const part of parts) {
    it(`of ${part.name}: ${part.mayImport.replaceAll('`', '')}`, () => {
      const files = source.filter((path) => partOf(path) === part);
      assert.ok(files.length > 0, `there is no src/${part.name}`);

      const offenders = files.flatMap((path) =>
        importsOf(path)
          .filter((target) => !isOf(target, part.name) && !mayImport(part, target))
          .map((target) => `${path} imports ${target}`),
      );
      assert.deepEqual(offenders, []);
    });
  }

  const rules: readonly { name: string; in: RegExp; except?: RegExp; pattern: RegExp }[] = [
    {
      name: 'keep routing/ pure: no clock, no dice, no Node',
      in: /^src\/routing\//,
      pattern: /Date\.now|Math\.random|performance\.|from 'node:/,
    },
    {
      name: 'let only composition roots name implementations of ports',
      in: /^src\//,
      except: /^src\/(compose(-[cet]\w+)?|distil-process)\.ts|^src\/(demo|replay)\//,
      pattern: /import \{[^}]*\b(open(Sqlite|Postgres)Capture|open\w+Teacher|openRegistry)\b/,
    },
    {
      name: 'let only http/ know Express',
      in: /^src\//,
      except: /^src\/http\//,
      pattern: /from 'express'/,
    },
    {
      name: 'let only onnx/runtime.ts load ONNX Runtime, whose telemetry it turns off',
      in: /^(src|test|loadtest)\//,
      except: /^(src\/onnx\/runtime|test\/repo\/tidy\.test)\.ts$/,
      pattern: /from 'onnxruntime-node'/,
    },
    {
      name: 'let only cli/ read the environment or end the process',
      in: /^src\/.*\.ts$/,
      except: /^src\/(cli\/|main\.ts|onnx\/without-telemetry\.ts)/,
      pattern: /process\.env|process\.exit\(/,
    },
  ];
  for (const { name, in: inside, except, pattern } of rules) {
    it(name, () => {
      const offenders = source.filter(
        (path) => inside.test(path) && !(except?.test(path) ?? false) && pattern.test(textOf(path)),
      );
      assert.deepEqual(offenders, []);
    });
  }
});
