// The rules of import (docs/architecture.md, "Who may import whom"). `npm run boundaries` fails on a breach.
const below = {
  contracts: [],
  'local-postgres': [],
  page: [],
  'code-analysis': ['contracts'],
  'event-store': ['contracts'],
  failures: ['contracts'],
  frameworks: ['contracts', 'failures', 'page'],
  'service-kit': ['contracts', 'event-store'],
  sdk: ['contracts', 'failures'],
};
const specs = '\\.spec\\.ts$|/testing/';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'libs-not-services', severity: 'error', from: { path: '^libs/' }, to: { path: '^services/' } },
    ...Object.entries(below).map(([lib, allowed]) => ({
      name: `lib-${lib}-imports-only-libs-below-it`,
      severity: 'error',
      from: { path: `^libs/${lib}/`, pathNot: specs },
      to: { path: '^libs/', pathNot: [`^libs/(${[lib, ...allowed].join('|')})/`] },
    })),
    {
      name: 'a-service-never-imports-another',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/cli/' },
      to: { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    },
    {
      name: 'through-the-front-door',
      comment: 'A package is used through its index.ts, never by a path into it.',
      severity: 'error',
      from: { path: '^(libs|services)/([^/]+)/' },
      to: { path: '^(libs|services)/([^/]+)/', pathNot: ['^$1/$2/', '^(libs|services)/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'only-runner-talks-to-kubernetes',
      severity: 'error',
      from: { pathNot: '^services/runner/' },
      to: { path: 'node_modules/@kubernetes/client-node' },
    },
    { name: 'only-service-kit-talks-to-kafka', severity: 'error', from: { pathNot: '^libs/service-kit/' }, to: { path: 'node_modules/kafkajs' } },
    {
      name: 'only-the-store-views-and-migrations-talk-sql-drivers',
      severity: 'error',
      from: { pathNot: ['^libs/event-store/', '^services/[^/]+/src/(views|migrations)/', specs, '^test/'] },
      to: { path: 'node_modules/(@types/)?(typeorm|pg)/' },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$|^test/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The benches measure peers, which are installed only for them.
    exclude: { path: '(^|/)dist/|\\.e2e/|^test/bench/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@testimony/source', 'import', 'require', 'node', 'default'] },
  },
};
