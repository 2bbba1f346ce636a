import type { ServiceSettings } from '@testimony/contracts';
import { byText } from '../route-path';
import { isSource, type SourceFile } from './source-files';

interface PackageFacts {
  readonly dependencies: readonly string[];
  /** The folder that holds package.json; `.` for the root. */
  readonly folder: string;
  readonly name?: string;
}

/** A service and where its source is; `root` is absent when only a document (or nothing) is known of it. */
export interface LocatedService {
  readonly name: string;
  readonly root?: string;
  readonly files: readonly SourceFile[];
  readonly dependencies: readonly string[];
}

const PLACES = ['services', 'apps', 'packages'] as const;
/** A package that depends on one of these serves HTTP. */
const SERVING = ['@nestjs/core', 'express'] as const;

/** Finds the services of a project: those that `e2e.conf` names, and packages in the usual places that serve HTTP. */
export function locateServices(
  files: readonly SourceFile[],
  configured: Readonly<Record<string, ServiceSettings>>,
): { readonly services: LocatedService[]; readonly problems: string[] } {
  const problems: string[] = [];
  const packages = readPackages(files, problems);
  const roots = new Map<string, string | undefined>();
  for (const name of Object.keys(configured).sort(byText)) {
    const own = configured[name]?.source?.replace(/^\.\/|\/+$/g, '') || undefined;
    if (own !== undefined && own !== '.' && !hasSource(files, own))
      problems.push(`services.${name}.source of e2e.conf names the folder ${own}, in which there is no source`);
    roots.set(name, own ?? [`services/${name}`, name, `apps/${name}`, `packages/${name}`].find((folder) => hasSource(files, folder)));
  }
  const taken = new Set(roots.values());
  for (const root of discover(files, packages)) {
    if (taken.has(root)) continue;
    const homeless = [...roots].filter(([, folder]) => folder === undefined);
    const only = homeless.length === 1 && roots.size === 1 ? homeless[0]?.[0] : undefined;
    // A project with one service, at its root: the name in the configuration is that service's.
    if (root === '.' && only !== undefined) roots.set(only, root);
    else if (root !== '.' || roots.size === 0) {
      const name = root === '.' ? (plainName(packages.get('.')?.name) ?? 'app') : (root.split('/').at(-1) ?? root);
      if (!roots.has(name)) roots.set(name, root);
    }
    taken.add(root);
  }
  const services = [...roots]
    .sort(([a], [b]) => byText(a, b))
    .map(([name, root]) => ({
      name,
      ...(root !== undefined && { root }),
      files: root === undefined ? [] : files.filter((file) => isBelow(file.path, root) && !belongsDeeper(file.path, root, roots.values())),
      dependencies: root === undefined ? [] : dependenciesAt(root, packages),
    }));
  return { services, problems };
}

function readPackages(files: readonly SourceFile[], problems: string[]): Map<string, PackageFacts> {
  const packages = new Map<string, PackageFacts>();
  for (const file of files) {
    if (!/(^|\/)package\.json$/.test(file.path)) continue;
    const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/')) : '.';
    try {
      const content = JSON.parse(file.text) as { readonly name?: unknown; readonly dependencies?: unknown } | null;
      const dependencies = content?.dependencies;
      packages.set(folder, {
        folder,
        dependencies: typeof dependencies === 'object' && dependencies !== null ? Object.keys(dependencies).sort(byText) : [],
        ...(typeof content?.name === 'string' && { name: content.name }),
      });
    } catch (error) {
      problems.push(`${file.path}: not read: it is not valid JSON (${(error as Error).message})`);
    }
  }
  return packages;
}

/** Folders of packages that serve HTTP: in the usual places first; the root only when none is there, or when it has sources of its own. */
function discover(files: readonly SourceFile[], packages: ReadonlyMap<string, PackageFacts>): string[] {
  const serves = (folder: string): boolean => SERVING.some((name) => packages.get(folder)?.dependencies.includes(name) === true);
  const rootServes = serves('.');
  const children = new Set<string>();
  for (const file of files) {
    const [place, name, third] = file.path.split('/');
    if (place === undefined || name === undefined || third === undefined || !(PLACES as readonly string[]).includes(place)) continue;
    const folder = `${place}/${name}`;
    // Nest's monorepo mode keeps one package.json at the root and an entry file in each application.
    if (serves(folder) || (rootServes && place !== 'packages' && /^[^/]+\/[^/]+\/src\/main\.[cm]?[jt]s$/.test(file.path)))
      children.add(folder);
  }
  const found = [...children].sort(byText);
  return rootServes && found.length === 0 ? ['.'] : found;
}

/** The package's own dependencies, else those of the nearest package above it. */
function dependenciesAt(root: string, packages: ReadonlyMap<string, PackageFacts>): readonly string[] {
  for (let folder = root; ; folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '.') {
    const found = packages.get(folder);
    if (found) return found.dependencies;
    if (folder === '.') return [];
  }
}

function hasSource(files: readonly SourceFile[], folder: string): boolean {
  return files.some(
    (file) =>
      isBelow(file.path, folder) &&
      (isSource(file.path) ||
        file.path === `${folder}/package.json` ||
        (file.path.endsWith('.py') && !/(^|\/)modules\/\d+_/.test(file.path))),
  );
}

function isBelow(path: string, folder: string): boolean {
  return folder === '.' || path.startsWith(`${folder}/`);
}

/** True when another service's folder inside `root` holds the file. */
function belongsDeeper(path: string, root: string, roots: Iterable<string | undefined>): boolean {
  for (const other of roots) if (other !== undefined && other !== root && isBelow(other, root) && isBelow(path, other)) return true;
  return false;
}

function plainName(name: string | undefined): string | undefined {
  const plain = name
    ?.split('/')
    .at(-1)
    ?.replace(/[^A-Za-z0-9._-]+/g, '-');
  return plain === '' ? undefined : plain;
}
