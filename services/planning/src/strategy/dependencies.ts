import { nearestName } from './nearest-name';

/** A test with what its author says must have passed before. */
export interface Dependant {
  readonly id: string;
  readonly service: string;
  /** Project-relative file. */
  readonly file: string;
  readonly name: string;
  /** Ids, names of modules of the same service (`02_login`, `login`), or `service/name` of another. */
  readonly dependsOn: readonly string[];
}

export interface Dependencies {
  /** Ids of tests, by the id of the test that needs them. */
  readonly byTest: ReadonlyMap<string, readonly string[]>;
  /** Names that lead to no test of the plan or to several, and circles: one sentence each. */
  readonly problems: readonly string[];
}

/** Finds the tests that `dependsOn` names. */
export function resolveDependencies(tests: readonly Dependant[]): Dependencies {
  const index = new Map<string, Dependant[]>();
  const ids = new Map(tests.map((test) => [test.id, test]));
  for (const test of tests)
    for (const name of namesOf(test.service, test.file, test.name)) index.set(name, [...(index.get(name) ?? []), test]);
  const byTest = new Map<string, readonly string[]>();
  const problems: string[] = [];
  for (const test of tests) {
    const found = new Set<string>();
    for (const name of test.dependsOn) {
      const qualified = name.includes('/') ? name : `${test.service}/${name}`;
      const byId = ids.get(name);
      const targets = byId ? [byId] : unique([...(index.get(name) ?? []), ...(index.get(qualified) ?? [])]);
      const [target] = targets;
      if (targets.length > 1) {
        problems.push(
          `${test.file} depends on "${name}", which is the name of ${targets.map((each) => each.file).join(' and of ')}; use the number too`,
        );
      } else if (target) found.add(target.id);
      else problems.push(unknownName(test, name, tests));
    }
    byTest.set(test.id, [...found]);
  }
  const circle = findCircle(byTest);
  if (circle)
    problems.push(
      `Tests wait for each other in a circle: ${circle.map((id) => ids.get(id)?.file ?? id).join(' -> ')}; take one of these dependencies out`,
    );
  return { byTest, problems };
}

function unknownName(test: Dependant, name: string, tests: readonly Dependant[]): string {
  const near = nearestName(
    name,
    tests
      .filter((other) => other.service === test.service && other.id !== test.id)
      .map((other) => moduleName(other.file))
      .flatMap((module) => [module, module.replace(/^\d+_/, '')]),
  );
  return `${test.file} depends on "${name}", and no planned test of ${test.service} has that name${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function unique(tests: readonly Dependant[]): Dependant[] {
  return [...new Map(tests.map((test) => [test.id, test])).values()];
}

/** `service/02_login`, `service/login`, `service/<title>`. */
function namesOf(service: string, file: string, title: string): string[] {
  const module = moduleName(file);
  return [...new Set([module, module.replace(/^\d+_/, ''), file.slice(file.lastIndexOf('/') + 1), title])]
    .filter((name) => name !== '')
    .map((name) => `${service}/${name}`);
}

function moduleName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
}

/** The ids along one circle, the first again at the end. */
function findCircle(needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const clear = new Set<string>();
  for (const start of needs.keys()) {
    const path: string[] = [];
    const onPath = new Set<string>();
    // An explicit stack: a chain may be longer than the call stack is deep.
    const stack: { readonly id: string; readonly leave: boolean }[] = [{ id: start, leave: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const { id, leave } = top;
      if (leave) {
        onPath.delete(id);
        path.pop();
        clear.add(id);
      } else if (onPath.has(id)) return [...path.slice(path.indexOf(id)), id];
      else if (!clear.has(id)) {
        path.push(id);
        onPath.add(id);
        stack.push({ id, leave: true }, ...(needs.get(id) ?? []).map((next) => ({ id: next, leave: false })));
      }
    }
  }
  return undefined;
}
