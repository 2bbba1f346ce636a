interface Dependent {
  readonly testId: string;
  readonly dependencies: readonly string[];
}

/** The ids along one cycle of dependencies, the first repeated at the end; undefined when there is none. Ids outside the list do not matter. */
export function dependencyCycle(tests: readonly Dependent[]): string[] | undefined {
  const needs = new Map(tests.map((t) => [t.testId, t.dependencies]));
  const clear = new Set<string>();
  for (const { testId } of tests) {
    // An explicit stack: a chain of dependencies may be longer than the call stack is deep.
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack = [{ id: testId, leave: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (top.leave) {
        onPath.delete(top.id);
        path.pop();
        clear.add(top.id);
        continue;
      }
      if (onPath.has(top.id)) return [...path.slice(path.indexOf(top.id)), top.id];
      if (clear.has(top.id) || !needs.has(top.id)) continue;
      onPath.add(top.id);
      path.push(top.id);
      stack.push({ id: top.id, leave: true });
      for (const id of needs.get(top.id) ?? []) stack.push({ id, leave: false });
    }
  }
  return undefined;
}
