import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { docsTables } from '../../src/cli/docs.js';
import { loadConfig } from '../../src/config/load-config.js';
import { settings } from '../../src/config/settings.js';
import { InvalidConfigError } from '../../src/errors.js';

const problemsOf = (file: Record<string, unknown>, env: Record<string, string> = {}): string[] => {
  try {
    loadConfig(file, env);
  } catch (error) {
    assert.ok(error instanceof InvalidConfigError);
    const [first, ...problems] = error.message.split('\n- ');
    assert.equal(first, 'The configuration has problems:');
    assert.equal(error.details['problems'], problems.length);
    return problems;
  }
  return [];
};

describe('the configuration', () => {
  it('has a default for everything', () => {
    assert.deepEqual(loadConfig({}, {}), {
      host: '127.0.0.1',
      port: 8080,
      workers: 1,
      dataDir: '.understudy',
      tasks: 'models/digits/task.yaml',
      connectionsMax: 10_000,
      keepAliveMs: 65_000,
      keysFile: null,
      logLevel: 'info',
      requestBytesMax: 8_388_608,
      batchRowsMax: 256,
      drainNoticeMs: 0,
      shutdownGraceMs: 20_000,
    });
    const { databaseUrl, encryptionKeys } = loadConfig({}, {});
    assert.deepEqual([databaseUrl, encryptionKeys], [null, []]);
  });

  it('comes from the file, and from the environment before it', () => {
    const config = loadConfig(
      { port: 9000, dataDir: '/data', batchRowsMax: 8 },
      { UNDERSTUDY_PORT: '9001', UNDERSTUDY_LOG_LEVEL: 'warn', PATH: '/bin' },
    );

    const { port, dataDir, batchRowsMax, logLevel } = config;
    assert.deepEqual([port, dataDir, batchRowsMax, logLevel], [9001, '/data', 8, 'warn']);
  });

  it('takes task files as a list, or separated by commas', () => {
    assert.equal(loadConfig({ tasks: ['a.yaml', 'b.yaml'] }, {}).tasks, 'a.yaml,b.yaml');
    const env = { UNDERSTUDY_TASKS: 'a.yaml, b.yaml' };
    assert.equal(loadConfig({}, env).tasks, 'a.yaml, b.yaml');
  });

  it('cannot be changed', () => {
    const config = loadConfig({}, {});
    assert.throws(() => Object.assign(config, { port: 1 }), TypeError);
  });

  it('has all of its problems told together, each by the name that was used', () => {
    const problems = problemsOf(
      { prot: 1, host: '', batchRowsMax: 1.5 },
      { UNDERSTUDY_PORT: '70000', UNDERSTUDY_LOG_LEVEL: 'loud', UNDERSTUDY_PROT: '1' },
    );

    assert.equal(problems.length, 6);
    assert.match(problems[0]!, /^prot: unknown setting\. Known: host, port, /);
    assert.match(problems[1]!, /^UNDERSTUDY_PROT: unknown variable\. Known: UNDERSTUDY_HOST, /);
    assert.deepEqual(problems.slice(2), [
      'host: expected any local address (address), got "".',
      'UNDERSTUDY_PORT: expected 0 to 65535 (port), got "70000".',
      'UNDERSTUDY_LOG_LEVEL: expected debug, info, warn, error, silent (level), got "loud".',
      'batchRowsMax: expected 1 to 2048 (rows), got 1.5.',
    ]);
  });

  it('does not take an empty variable, or an empty line of the file, for 0', () => {
    for (const given of ['', ' ', 'eighty', '80a']) {
      const [problem] = problemsOf({}, { UNDERSTUDY_PORT: given });
      assert.equal(problem, `UNDERSTUDY_PORT: expected 0 to 65535 (port), got "${given}".`);
    }
    for (const given of [null, true, {}]) {
      const [problem] = problemsOf({ shutdownGraceMs: given });
      assert.match(problem!, /^shutdownGraceMs: expected 0 to 600000 \(ms\), got /);
    }
  });

  const bounds = {
    requestBytesMax: [1024, 1_073_741_824],
    batchRowsMax: [1, 2048],
    port: [0, 65_535],
  };
  for (const [key, [min, max]] of Object.entries(bounds)) {
    it(`takes ${key} from ${min!} to ${max!}, and nothing beside`, () => {
      for (const fits of [min, max, String(max)]) assert.deepEqual(problemsOf({ [key]: fits }), []);
      for (const bad of [min! - 1, max! + 1])
        assert.match(problemsOf({ [key]: bad })[0]!, new RegExp(`^${key}: expected ${min!} to`));
    });
  }
});

describe('the table of settings', () => {
  it('has each setting once, its variable named after it, with unit, range and meaning', () => {
    const lines = docsTables['settings']!().split('\n').slice(2);

    assert.equal(lines.length, settings.length);
    settings.forEach(({ key, env, unit, range, help, ...rest }, index) => {
      const asVariable = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      const ofOthers = key === 'databaseUrl'; // What every host of databases calls it.
      assert.equal(env, ofOthers ? asVariable : `UNDERSTUDY_${asVariable}`);
      const inFiles = 'isSecret' in rest ? [] : [`\`${key}\``];
      for (const part of [...inFiles, `\`${env}\``, `${range} (${unit})`, help])
        assert.ok(lines[index]!.includes(part), `${part} in ${lines[index]!}`);
    });
  });

  it('puts the unit into the name where there is one', () => {
    for (const { key, unit } of settings) {
      const ending = { ms: /Ms$/, bytes: /Bytes(Max)?$/, rows: /Rows(Max)?$/ }[unit];
      if (ending !== undefined) assert.match(key, ending);
    }
  });
});

describe('a secret setting', () => {
  const key = Buffer.alloc(32, 200);

  it('is read from the environment, as hex or base64, and becomes hex', () => {
    const keys = `${key.toString('base64')}, ${key.toString('hex').toUpperCase()}`;
    const config = loadConfig({}, { UNDERSTUDY_ENCRYPTION_KEYS: keys });
    assert.deepEqual(config.encryptionKeys, [key.toString('hex'), key.toString('hex')]);
  });

  it('is in nothing that is made of the settings for others', () => {
    const config = loadConfig({}, { DATABASE_URL: 'postgresql://ann:hunter2@host/logs' });
    assert.match(config.databaseUrl!, /hunter2/);
    assert.doesNotMatch(JSON.stringify(config), /hunter2/);
    assert.equal(inspect(structuredClone(config), { showHidden: true }).includes('hunter2'), false);
  });

  it('is not read from a file, nor repeated when it is wrong', () => {
    assert.throws(
      () => loadConfig({ databaseUrl: 'postgresql://a' }, {}),
      /databaseUrl: unknown setting/,
    );
    for (const bad of ['', 'hunter2', `${key.toString('hex')},`, key.toString('hex').slice(1)])
      assert.throws(
        () => loadConfig({}, { UNDERSTUDY_ENCRYPTION_KEYS: bad }),
        /UNDERSTUDY_ENCRYPTION_KEYS: expected 32 bytes each, .*\(keys\)\.$/,
      );
  });
});
