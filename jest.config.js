/** One transform for all: what `tsc` would emit, minus the type check. */
const typescript = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
          verbatimModuleSyntax: true,
        },
        keepClassNames: true,
        // swc's inlined helper for `using` refers to an undeclared `_SuppressedError`; the one in @swc/helpers works.
        externalHelpers: true,
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
};

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: typescript,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};

/** @type {import('jest').Config} */
export default {
  // One process for all suites keeps every module of every suite: on two cores it took two minutes, and half a minute like this.
  maxWorkers: '100%',
  // No test waits for a time; a machine that does much else may take its own. Of all projects: Jest reads no other.
  testTimeout: 60_000,
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['libs/*/src/**/*.ts', 'src/**/*.ts', '!**/*.spec.ts', '!**/*.fixture.ts', '!**/index.ts'],
  projects: [
    {
      // Beside the code, on the sources: needs no build.
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,src,bench}/**/*.spec.ts'],
      testEnvironmentOptions: { customExportConditions: ['@nestjs-resources/source', 'node', 'node-addons'] },
    },
    {
      // What a user runs: the built libs and the compiled application.
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/build.js',
    },
    {
      // The same, against real servers.
      ...base,
      displayName: 'servers',
      testMatch: ['<rootDir>/test/servers/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/build.js',
    },
    {
      // What is said of TypeORM holds for both of its generations. Everybody, the built libs too, is given the older one.
      ...base,
      displayName: 'servers-typeorm-0.3',
      globals: { typeormGeneration: '0.3' },
      testMatch: ['<rootDir>/test/servers/typeorm/{conformance,*stock-versus-ours}.spec.ts'],
      moduleNameMapper: { ...base.moduleNameMapper, '^typeorm$': 'typeorm-0.3', '^typeorm/(.*)$': 'typeorm-0.3/$1' },
      globalSetup: '<rootDir>/test/build.js',
    },
  ],
};
