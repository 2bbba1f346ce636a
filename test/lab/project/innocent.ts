import type { Random } from '../random';
import type { Layout, Resource, ServiceWords } from '../vocabulary';

/** A commit that changes nothing of what the service does. */
export interface Innocent {
  readonly message: string;
  readonly files: Record<string, string>;
}

/** Changes these texts (path below the project -> text) as people do who break nothing. */
export function innocentCommit(
  files: Readonly<Record<string, string>>,
  services: readonly ServiceWords[],
  layout: Layout,
  n: number,
  random: Random,
): Innocent {
  const service = random.pick(services);
  const resource = random.pick(service.resources);
  const at = (part: Parameters<Layout['file']>[0], r: Resource = resource) => `services/${service.name}/src/${layout.file(part, r)}`;
  const text = (path: string) => files[path] as string;
  const change = (path: string, edit: (text: string) => string) => ({ [path]: edit(text(path)) });
  return random.pick([
    () => ({
      message: `Notes for operators of ${service.name}`,
      files: { [`docs/operations-${n}.md`]: `# ${service.name}\n\nIt answers \`/health\`. Restart it after a change of its settings.\n` },
    }),
    () => ({
      message: `Say what ${resource.many} are`,
      files: change(at('routes'), (t) => `// Routes of ${resource.many}; their rules stand beside.\n${t}`),
    }),
    () => {
      const path = at(random.pick(['rules', 'store', 'listing', 'totals', 'pricing', 'views'] as const));
      return {
        message: `Describe ${path.split('/').pop()}`,
        files: change(path, (t) => `// Part of ${service.name}: ${resource.many}.\n${t}`),
      };
    },
    () => ({
      message: `${resource.many}: words for logs`,
      files: change(at('views'), (t) =>
        t.replace(
          'module.exports = { ',
          `function label_${n}(${resource.one}) {\n  return '${resource.one} ' + ${resource.one}.id;\n}\n\nmodule.exports = { label_${n}, `,
        ),
      ),
    }),
    () => ({
      message: `Room for longer pages of ${resource.many}`,
      files: change(at('listing'), (t) => t.replace(/const MOST = (\d+);/, (_, most: string) => `const MOST = ${Number(most) + 10};`)),
    }),
    () => ({
      message: `Headers in all files of ${resource.many}`,
      files: Object.assign(
        {},
        ...(['routes', 'rules', 'store', 'listing'] as const).map((part) => change(at(part), (t) => `// (c) ${service.name} team\n${t}`)),
      ) as Record<string, string>,
    }),
    () => ({ message: 'Read me', files: change('README.md', (t) => `${t}\nRevision ${n} of this page.\n`) }),
  ] as const)();
}
