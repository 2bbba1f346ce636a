// Shared by every package. Tests run from source: no build is needed for a unit test.
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.e2e/', '/bench/'],
  modulePathIgnorePatterns: ['/dist/', '/\\.e2e/', '/\\.check/'],
  maxWorkers: 2,
  // A mapper rather than an export condition: watch mode and --onlyChanged follow it across packages.
  moduleNameMapper: { '^@testimony/([^/]+)$': [`${__dirname}/libs/$1/src/index.ts`, `${__dirname}/services/$1/src/index.ts`] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'commonjs', ignoreDynamic: true },
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
      },
    ],
  },
};
