/** What the `e2e` process says with its exit code. Users' pipelines rely on these: they do not change. */
export const EXIT = {
  passed: 0,
  testsFailed: 1,
  usage: 2,
  infrastructure: 3,
  noTestRan: 4,
  cancelled: 130,
} as const;
