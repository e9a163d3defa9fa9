import tseslint from 'typescript-eslint';

/** Only app/ and checks/kit/ may read the environment, the clock and randomness; everyone else is handed them. */
const ambient = [
  { object: 'process', property: 'env', message: 'Read the environment in app/ or checks/kit/ and hand it in.' },
  { object: 'Date', property: 'now', message: 'Take the clock as a parameter.' },
  { object: 'Math', property: 'random', message: 'Take randomness as a parameter.' },
];

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', '.assay/', 'examples/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    // What runs inside the sandbox is a program of its own.
    ignores: ['src/app/**', 'src/checks/kit/**', 'src/agent/*/inside/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-syntax': ['error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the clock as a parameter.' },
        { selector: "ImportSpecifier[imported.name=/^(randomUUID|randomBytes|randomInt)$/]", message: 'Take randomness as a parameter.' }],
    },
  },
  {
    files: ['test/**/*.ts', 'src/**/*.test.ts', 'bench/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off' },
  },
  // The console of user code is theirs, and heard there.
  { files: ['src/agent/*/inside/**/*.ts'], rules: { 'no-console': 'off' } },
);
