import tseslint from 'typescript-eslint';

/** What may not be used outside named folders, and why. */
const bans = {
  environment: {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only cli/ reads the environment: pass the value in.',
  },
  exit: {
    selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
    message: 'Only cli/ ends the process.',
  },
  dice: {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Pass the draw in, so that a test can replay it.',
  },
  clock: {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Pass the clock in, so that a test can set it.',
  },
  anySignal: {
    selector: "MemberExpression[object.name='AbortSignal'][property.name='any']",
    message: 'Garbage collection silences it: use task/deadline.ts, which says more.',
  },
};
const banned = (...names) => ({
  'no-restricted-syntax': ['error', ...names.map((name) => bans[name])],
});

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-*/',
      'node_modules/',
      '.understudy/',
      'coverage/',
      '**/*.mjs',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/console/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // A counted index inside its loop's bounds is proven by the loop, not by a check.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // There are no enums here, and ports are fulfilled by shape: a quarter of the time, for nothing.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/require-await': 'off', // A port may be asynchronous where one implementation is not.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: false, skipComments: false }],
      'max-params': ['error', 3],
    },
  },
  { files: ['src/**/*.ts'], rules: banned('environment', 'exit', 'dice', 'clock', 'anySignal') },
  {
    files: ['src/cli/**/*.ts', 'src/main.ts'],
    rules: { 'no-console': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    // Native code reads this variable when it is loaded: there is no other way to tell it.
    files: ['src/onnx/without-telemetry.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['src/console/**/*.{ts,tsx}'], rules: banned('environment', 'exit', 'dice') },
  {
    // An operator takes the graph, then its operands in ONNX's order; options come after them.
    files: ['src/onnx/graph.ts', 'src/onnx/operators.ts'],
    rules: { 'max-params': ['error', 4] },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-params': 'off' }, // A `describe` is a function.
  },
  {
    files: ['test/**/*.ts', 'loadtest/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['it', 'describe', 'test', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
);
