import type { FixTruth } from '../truth';
import { typedHelper, writtenWith, type NamedModule } from '../project/named-modules';
import { badFixesOf } from './bad-fixes';
import type { Random } from '../random';

/** Good and bad fixes of the flaky tests, and bad ones that would make peace with a product bug. */
export function plantedFixes(modules: readonly NamedModule[], random: Random): FixTruth[] {
  const fixes: FixTruth[] = [];
  for (const module of modules) {
    const { test, file, id } = module;
    const flaky = test.flaky;
    const before = module.written.text;
    const common = { test: id, file, before, ...(flaky ? { pattern: flaky.pattern } : {}) };
    if (flaky && test.good) {
      const folder = file.slice(0, file.lastIndexOf('/'));
      const files = Object.fromEntries(
        Object.entries(test.good.files).map(([name, text]) => [`${folder}/${module.helpers[name] ?? name}.ts`, typedHelper(text)]),
      );
      const after = writtenWith(module, test.good.parts).text;
      const changed = Object.entries(files).filter(([path, text]) => module.files[path] !== text);
      fixes.push({
        ...common,
        id: `${id}#good`,
        good: true,
        kind: 'good',
        after,
        ...(changed.length > 0 ? { files: Object.fromEntries(changed) } : {}),
        objecting: [],
      });
    }
    if (flaky || test.category === 'regression' || test.category === 'intermittent')
      for (const bad of badFixesOf(module, random.part(id)))
        fixes.push({ ...common, id: `${id}#${bad.kind}`, good: false, kind: bad.kind, after: bad.after, objecting: bad.objecting });
  }
  return fixes;
}
