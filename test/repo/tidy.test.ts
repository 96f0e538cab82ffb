import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';

const root = repositoryRoot();
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const code = tracked.filter((path) => /\.(ts|tsx|mjs)$/.test(path));
const source = code.filter((path) => path.startsWith('src/'));

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

  it('has only the top-level entries that src/README.md explains', () => {
    const allowed = new Set([
      ...['src', 'models', 'deploy', 'loadtest', 'test', '.ci'],
      ...['README.md', 'LICENSE', 'package.json', 'package-lock.json', 'tsconfig.json'],
      ...['eslint.config.js', '.npmrc', '.gitignore', '.gitattributes', '.dockerignore'],
      ...['.prettierrc.json', '.prettierignore'],
    ]);
    const entries = new Set(tracked.map((path) => path.split('/')[0]!));
    assert.deepEqual(
      [...entries].filter((entry) => !allowed.has(entry)),
      [],
    );
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

/** [folder or file] may import only from these (its own folder is always allowed). */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  routing: ['errors', 'http/api-types'],
  files: ['errors'],
  task: ['errors', 'http/api-types', 'files'],
  onnx: ['errors'],
  registry: ['errors', 'http/api-types', 'task', 'files'],
  capture: ['errors'],
  config: ['errors'],
  schedule: ['errors'],
  student: ['errors', 'onnx', 'registry', 'task'],
  teacher: ['errors', 'onnx', 'registry', 'routing', 'student', 'task'],
  distillation: [
    ...['errors', 'http/api-types', 'capture/capture', 'config', 'files', 'onnx', 'registry'],
    ...['routing', 'student', 'task'],
  ],
  serving: [
    ...['errors', 'http/api-types', 'capture/capture', 'config', 'distillation', 'files'],
    ...['predict', 'registry', 'routing', 'schedule', 'student', 'task', 'teacher', 'telemetry'],
  ],
  telemetry: ['errors', 'http/api-types', 'task'],
  http: ['errors', 'config', 'task', 'telemetry'],
};

describe('dependencies', () => {
  const importsOf = (path: string): string[] =>
    [...textOf(path).matchAll(/from '(\.[^']+)'/g)].map(([, target]) =>
      join(path, '..', target!)
        .replace(/^src\//, '')
        .replace(/\.js$/, ''),
    );

  for (const [part, allowed] of Object.entries(mayImport)) {
    it(`of ${part} are only: ${allowed.join(', ') || 'none'}`, () => {
      const inPart = source.filter(
        (path) => path.startsWith(`src/${part}/`) || path === `src/${part}.ts`,
      );
      assert.ok(inPart.length > 0, `there is no src/${part}`);
      const offenders = inPart.flatMap((path) =>
        importsOf(path)
          .filter((target) => !target.startsWith(`${part}/`))
          .filter(
            (target) => !allowed.some((name) => target === name || target.startsWith(`${name}/`)),
          )
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
      except: /^src\/(compose|compose-task|distil-process)\.ts|^src\/demo\//,
      pattern: /import \{[^}]*\b(openSqliteCapture|openOnnxTeacher|openRegistry)\b/,
    },
    {
      name: 'let only http/ know Express',
      in: /^src\//,
      except: /^src\/http\//,
      pattern: /from 'express'/,
    },
    {
      name: 'let only cli/ read the environment or end the process',
      in: /^src\/.*\.ts$/,
      except: /^src\/(cli\/|main\.ts)/,
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
