export { isServed, readProject, type ProjectReading, type ProjectToRead } from './manifest/read-project';
export { joinPath, namelessPath } from './route-path';
export type { TestReader } from './test-modules/open-test-reader';
export type { TestCall, TestModuleReading } from './test-modules/read-test-module';
export { isReadableTest, testReader } from './test-modules/test-reader';
