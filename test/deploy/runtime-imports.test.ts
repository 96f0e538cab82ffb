import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';

/**
 * What the image cannot do: make the built-in task from scratch, and the demo of reviews, which
 * says so (`test/demo/reviews/demo-packages.test.ts`).
 */
const inCheckoutOnly = [
  'demo/digits-split.js',
  'demo/reviews/reviews-split.js',
  'demo/reviews/sentence-encoder.js',
];

describe('the built gateway', () => {
  it('imports only what a production install has', () => {
    const root = repositoryRoot();
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const built = join(root, 'dist', 'src');
    const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.js') && !inCheckoutOnly.includes(path),
    );
    const imports = files.flatMap((path) =>
      [
        ...readFileSync(join(built, path), 'utf8').matchAll(
          /(?:from '|import\('|require\(['`])([\w@][^'`]*)/g,
        ),
      ]
        .map(([, name]) => packageOf(name!))
        .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
        .map((name) => ({ path, name })),
    );

    assert.ok(imports.length > 10);
    assert.deepEqual(
      imports.filter(({ name }) => dependencies[name] === undefined),
      [],
    );
  });
});

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
