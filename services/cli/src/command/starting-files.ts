import { TYPE_PATHS } from '../project/editor-types';

/** What `e2e init` writes into a project. */

export interface StartingFacts {
  readonly project: string;
  readonly service: string;
  readonly baseUrl: string;
  readonly openapi?: string;
}

export function configurationTemplate({ project, service, baseUrl, openapi }: StartingFacts): string {
  const variable = `${service.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_URL`.replace(/^(\d)/, '_$1');
  return `# What Testimony knows of this project. \${VAR} takes an environment variable, \${VAR:-default} has a default.

# These keys may also stand at the top level, which wins; E2E_<KEY> in the environment wins over both, a flag over all.
general:
  # Tests that run side by side; "e2e autonomous-run -j 8" sets it for one run.
  parallel_workers: 4
  # For one attempt of a test that names no limit of its own.
  test_timeout_seconds: 30
  # For a service from its start command to a healthy answer.
  start_timeout_seconds: 60
  # A failed test is tried again, alone in a fresh process.
  enable_intelligent_retry: true

project:
  # The history of tests belongs to this name.
  name: ${JSON.stringify(project)}

services:
  # Tests of a service stand in services/<name>/modules/NN_name.{ts,js,mjs,py}.
  ${service}:
    base_url: \${${variable}:-${baseUrl}}
    # A path that answers below 500 when the service is ready.
    # health_endpoint: /health
    # A command that serves it: started before a run and ended after it.
    # start: npm start
    # Sent with each request that a test makes.
    # headers:
    #   authorization: Bearer \${API_TOKEN}
${openapi === undefined ? '    # An OpenAPI document: a file of this project, or a path that the service serves.\n    # openapi: openapi.json' : `    openapi: ${openapi}`}
`;
}

/** `path`: one that an OpenAPI document promises. Without it nothing is known but that the service answers: `/` may well be 401 or 404. */
export function moduleTemplate(path: string | undefined): string {
  const known = path !== undefined;
  return `import { ${known ? '' : 'expect, '}type Page } from '@testimony/page';

export const meta = { description: 'The service answers', tags: ['smoke'] };

export async function run(page: Page): Promise<void> {
  const response = await page.get(${quoted(path ?? '/')});
  ${known ? 'page.assertOk(response);' : 'expect(response.status).toBeLessThan(500);'}
}
`;
}

export function tsconfigTemplate(): string {
  const options = {
    target: 'ES2023',
    module: 'ESNext',
    moduleResolution: 'bundler',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    paths: TYPE_PATHS,
  };
  return `${JSON.stringify({ compilerOptions: options, include: ['services/*/modules'] }, null, 2)}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}
