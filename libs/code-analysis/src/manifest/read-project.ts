import { manifestSchema, type Manifest, type ServiceKnowledge, type ServiceSettings } from '@testimony/contracts';
import { readOpenApi, type Reading } from '../openapi/read-openapi';
import { byText } from '../route-path';
import { frameworkOf } from '../tree/framework-of';
import { locateServices, type LocatedService } from '../tree/locate-services';
import { isSource, readSource as readFile, readTree, sha256, type SourceFile } from '../tree/source-files';
import { mergeOffers } from './merge';
import { sourceReader } from './source-reader';
import type { SourceReading } from './read-source';

export interface ProjectToRead {
  readonly root: string;
  readonly name: string;
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** The text of OpenAPI documents that a running service served, by service: where `services.<name>.openapi` is a path of the service and not a file. */
  readonly documents?: Readonly<Record<string, string>>;
  /** The manifest that was made last; given back as it is when nothing that was read has changed. */
  readonly previous?: Manifest;
  readonly force?: boolean;
  readonly now: Date;
}

export interface ProjectReading {
  readonly manifest: Manifest;
  readonly changed: boolean;
  /** What could not be read, one sentence each, with file and line. */
  readonly problems: readonly string[];
}

/** Raised whenever the same sources are read differently, so that manifests made before are made again. */
const READING = 1;
/** In source_hashes: what the manifest depends on besides files. */
const SETTINGS_KEY = 'e2e.conf#services';

interface Document {
  readonly service: string;
  readonly file: string;
  readonly text: string;
}

/** Reads a project's sources and documents into its manifest. Reads every file, but parses only when a hash differs from `previous`. */
export async function readProject(project: ProjectToRead): Promise<ProjectReading> {
  const tree = await readTree(project.root);
  const located = locateServices(tree.files, project.services);
  const problems = [...tree.problems, ...located.problems];
  const documents = await readDocuments(project, problems);
  const hashes = hashesOf(project, located.services, documents);
  const { previous } = project;
  if (previous && project.force !== true && previous.project_name === project.name && sameHashes(previous.source_hashes, hashes))
    return { manifest: previous, changed: false, problems };
  const services = located.services.map((service) =>
    readService(
      service,
      documents.filter((document) => document.service === service.name),
      problems,
    ),
  );
  const manifest: Manifest = {
    version: '2.0',
    project_name: project.name,
    project_root: project.root,
    generated_at: project.now.toISOString(),
    services,
    source_hashes: hashes,
  };
  return {
    manifest: manifestSchema.parse(manifest),
    changed: !previous || !sameHashes(previous.source_hashes, hashes),
    problems: [...new Set(problems)],
  };
}

/** `openapi` of a service: a document passed in, else a file of the project. A path that only the running service knows is no problem here. */
async function readDocuments(project: ProjectToRead, problems: string[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const [service, settings] of Object.entries(project.services).sort(([a], [b]) => byText(a, b))) {
    const given = project.documents?.[service];
    if (given !== undefined) {
      documents.push({ service, file: settings.openapi ?? 'openapi', text: given });
      continue;
    }
    if (settings.openapi === undefined || isServed(settings.openapi)) continue;
    const file = await readFile(project.root, settings.openapi.replace(/^\.\//, ''), MAX_DOCUMENT_BYTES);
    if ('problem' in file) problems.push(`${file.problem.replace(/; it is left out$/, '')}: it is services.${service}.openapi of e2e.conf`);
    else documents.push({ service, file: file.path, text: file.text });
  }
  return documents;
}

/** The largest public documents (cloud providers') are about 12 MB. */
const MAX_DOCUMENT_BYTES = 20_000_000;

/** True for an `openapi` setting that the running service answers (`/openapi.json`, `https://...`) rather than a file of the project. */
export function isServed(openapi: string): boolean {
  return openapi.startsWith('/') || /^https?:\/\//i.test(openapi);
}

function hashesOf(project: ProjectToRead, services: readonly LocatedService[], documents: readonly Document[]): Record<string, string> {
  const hashes = new Map<string, string>();
  for (const service of services) for (const file of service.files) if (matters(file)) hashes.set(file.path, file.sha256);
  for (const document of documents)
    hashes.set(isServed(document.file) ? `${document.service}:${document.file}` : document.file, sha256(document.text));
  const settings = Object.entries(project.services).map(([name, { source, openapi }]) => [name, source ?? null, openapi ?? null]);
  hashes.set(SETTINGS_KEY, sha256(JSON.stringify([READING, settings.sort(([a], [b]) => byText(a ?? '', b ?? ''))])));
  return Object.fromEntries([...hashes].sort(([a], [b]) => byText(a, b)));
}

function matters({ path }: SourceFile): boolean {
  return (
    isSource(path) ||
    /(^|\/)(package\.json|requirements\.txt|pyproject\.toml)$/.test(path) ||
    (path.endsWith('.py') && !/(^|\/)modules\/\d+_/.test(path))
  );
}

function sameHashes(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

const NOTHING_READ: SourceReading = { endpoints: [], dtos: [], ports: [], variables: [], problems: [] };

function readService(service: LocatedService, documents: readonly Document[], problems: string[]): ServiceKnowledge {
  const { language, framework } = frameworkOf(service.files, service.dependencies);
  const source =
    service.root !== undefined && service.files.some(({ path }) => isSource(path))
      ? sourceReader().readSource(service.files, service.root, framework)
      : NOTHING_READ;
  const readings: Reading[] = documents.map(({ text, file }) => readOpenApi(text, file));
  problems.push(...source.problems, ...readings.flatMap((reading) => reading.problems));
  const offer = { endpoints: readings.flatMap((reading) => reading.endpoints), dtos: readings.flatMap((reading) => reading.dtos) };
  const { endpoints, dtos } = mergeOffers(offer, source);
  return {
    name: service.name,
    language,
    framework,
    root_path: service.root ?? '.',
    endpoints,
    dto_schemas: dtos,
    ports: source.ports,
    environment_vars: source.variables,
    dependencies: [...service.dependencies],
  };
}
