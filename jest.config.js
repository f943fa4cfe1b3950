/** `*.spec.ts` is pure; `*.process.spec.ts` starts programs, or runs a whole tool; `*.db.spec.ts` needs the real servers that test/services.ts starts. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@app/database/sql$': '<rootDir>/libs/database/src/sql.ts',
    '^@app/([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.local'],
};

export default {
  // Hooks clone databases and machines are busy.
  testTimeout: 30_000,
  workerIdleMemoryLimit: '700MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,outside,tools,deploy,test}/**/*.spec.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '\\.(db|process)\\.spec\\.ts$',
        '<rootDir>/test/e2e/',
        '<rootDir>/test/attack/',
        '<rootDir>/dist/',
      ],
    },
    {
      ...shared,
      displayName: 'processes',
      testMatch: ['<rootDir>/{apps,libs,outside,tools,deploy,test}/**/*.process.spec.ts'],
    },
    {
      ...shared,
      displayName: 'services',
      testMatch: ['<rootDir>/{apps,libs,outside,deploy,test}/**/*.db.spec.ts'],
      globalSetup: '<rootDir>/test/services-setup.mjs',
      globalTeardown: '<rootDir>/test/services-teardown.mjs',
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...shared, displayName: 'attack', testMatch: ['<rootDir>/test/attack/**/*.spec.ts'] },
  ],
};
