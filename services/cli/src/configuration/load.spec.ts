import { resolveConfiguration } from './load';
import type { LoadedConfiguration } from './load';
import type { SettingValues } from './settings';

function load(text: string, environment: NodeJS.ProcessEnv = {}, flags: SettingValues = {}): LoadedConfiguration {
  return resolveConfiguration(text, { file: 'e2e.conf', environment, flags });
}

function problem(text: string, environment: NodeJS.ProcessEnv = {}, flags: SettingValues = {}): string {
  try {
    load(text, environment, flags);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the configuration was taken');
}

describe('what a configuration says', () => {
  test('an empty file has the documented defaults', () => {
    expect(load('').configuration.general).toMatchObject({
      parallel_workers: 4,
      enable_self_healing: true,
      min_confidence_for_auto_fix: 0.8,
    });
  });

  test("OrchestratorConfig's keys stand at the top level or under general, and the top level wins", () => {
    const { general } = load('parallel_workers: 2\ngeneral:\n  parallel_workers: 8\n  max_auto_fix_attempts: 5\n').configuration;
    expect(general).toMatchObject({ parallel_workers: 2, max_auto_fix_attempts: 5 });
  });

  test('the environment is stronger than the file, a flag stronger than both', () => {
    expect(load('parallel_workers: 2', { E2E_PARALLEL_WORKERS: '6' }).configuration.general.parallel_workers).toBe(6);
    expect(load('parallel_workers: 2', { E2E_PARALLEL_WORKERS: '6' }, { parallel_workers: 9 }).configuration.general.parallel_workers).toBe(
      9,
    );
  });

  test('variables are put in: a value, a default for what is unset or empty, and $${ for itself', () => {
    const text =
      'parallel_workers: ${N:-3}\nservices:\n  orders:\n    base_url: ${URL}\n    start: PORT=${PORT:-80} sh -c "echo $${HOME}"\n';
    const { configuration } = load(text, { URL: 'http://localhost:1', PORT: '' });
    expect(configuration.general.parallel_workers).toBe(3);
    expect(configuration.services['orders']).toMatchObject({ base_url: 'http://localhost:1', start: 'PORT=80 sh -c "echo ${HOME}"' });
  });

  test('a value cannot bring in YAML or another variable', () => {
    const { configuration } = load('project:\n  name: ${NAME}\n', { NAME: 'a\nservices: {}\n${OTHER}' });
    expect(configuration.project.name).toBe('a\nservices: {}\n${OTHER}');
  });

  test('where services are not needed, values whose variable is unset are left out; the name of the project is still needed', () => {
    const text = `parallel_workers: \${N}
services:
  orders:
    base_url: http://\${HOST}:\${PORT}
    start: &start PORT=\${PORT} npm start
    headers:
      authorization: Bearer \${TOKEN}
      x-key: \${API_KEY}
  payments:
    base_url: \${PAYMENTS_URL:-http://localhost:2}
    start: *start
`;
    const environment = { PORT: '80', API_KEY: 'k-1234' };
    expect(problem(text, environment).split('\n')).toHaveLength(3);
    const lenient = { file: 'e2e.conf', environment, flags: {}, unsetVariablesLeftOut: true };
    const { configuration, secrets } = resolveConfiguration(text, lenient);
    expect(configuration.general.parallel_workers).toBe(4);
    expect(configuration.services).toEqual({
      orders: { start: 'PORT=80 npm start', headers: { 'x-key': 'k-1234' } },
      payments: { base_url: 'http://localhost:2', start: 'PORT=80 npm start', headers: {} },
    });
    expect(secrets).toEqual(['k-1234']);
    expect(() => resolveConfiguration('project:\n  name: ${NAME}\n', lenient)).toThrow('project.name needs the variable NAME');
    expect(() => resolveConfiguration('paralel_workers: ${N}\nservice: {}\n', lenient)).toThrow('"service" is not known');
  });

  test("a header's value is text as it is written", () => {
    const { configuration } = load('services:\n  orders:\n    headers:\n      x-version: 010\n      x-flag: true\n');
    expect(configuration.services['orders']?.headers).toEqual({ 'x-version': '010', 'x-flag': 'true' });
  });

  test('a section and a service without content are taken as empty', () => {
    expect(load('project:\nservices:\n  orders:\n').configuration.services).toEqual({ orders: { headers: {} } });
    expect(load('services:\n').configuration.services).toEqual({});
  });
});

describe('what is secret', () => {
  test('header values, their part after the scheme, variables by name and passwords in URLs; not hosts and ports', () => {
    const text = `services:
  orders:
    base_url: http://\${HOST}:\${PORT}
    start: DB=\${DB_URL} KEY=\${SIGNING_KEY} npm start
    headers:
      authorization: Bearer \${TOKEN}
      content-type: application/json
`;
    const environment = {
      HOST: 'localhost',
      PORT: '3000',
      DB_URL: 'postgres://u:p%40ss-word@h/d',
      SIGNING_KEY: 'k-1234',
      TOKEN: 't-98765',
    };
    const { secrets } = load(text, environment);
    expect(new Set(secrets)).toEqual(new Set(['p%40ss-word', 'p@ss-word', 'k-1234', 't-98765', 'Bearer t-98765']));
  });
});

describe('what is wrong is said with its place and its remedy', () => {
  test.each([
    ['paralel_workers: 2', 'e2e.conf:1: "paralel_workers" is not known: did you mean "parallel_workers"?'],
    ['services:\n  orders:\n    baseurl: http://x\n', 'e2e.conf:3: "services.orders.baseurl" is not known: did you mean "base_url"?'],
    ['services:\n  orders:\n    zzzzzzzzzzzzzz: 1\n', 'known here are base_url, health_endpoint'],
    ['\ngeneral:\n  parallel_workers: 0\n', 'e2e.conf:3: parallel_workers must be a whole number from 1 to 64.'],
    ['parallel_workers: 1.5', 'e2e.conf:1: parallel_workers must be a whole number from 1 to 64.'],
    ['parallel_workers: many', 'e2e.conf:1: parallel_workers must be a whole number from 1 to 64.'],
    ['test_timeout_seconds: 0', 'test_timeout_seconds must be a number above 0 and up to 3600.'],
    ['learning_enabled: maybe', 'learning_enabled must be true or false.'],
    ['services:\n  orders:\n    base_url: localhost:3000\n', 'e2e.conf:3: services.orders.base_url must start with http:// or https://'],
    ['services:\n  orders:\n    base_url: nonsense\n', 'e2e.conf:3: services.orders.base_url must be a URL'],
    ['services:\n  "a b":\n    base_url: http://x\n', 'e2e.conf:2: services.a b is no name for a service'],
    ['general: 5', 'e2e.conf:1: general must be a section'],
    ['- a\n- b\n', 'must hold keys and values'],
    [
      'services:\n  orders:\n    base_url: ${ORDERS_URL}\n',
      'e2e.conf:3: services.orders.base_url needs the variable ORDERS_URL, which is not set',
    ],
    ['project:\n  name: ${A-B}\n', 'holds "${A-B}", which is no variable'],
    ['project:\n  name: ${A\n', 'holds "${A", which is no variable'],
    ['services:\n  orders: [\n', /^e2e\.conf:\d+:\d+: this is not valid YAML: /],
    ['project:\n  name: a\n  name: b\n', /^e2e\.conf:3:3: this is not valid YAML: Map keys must be unique/],
  ])('%j', (text, said) => {
    expect(problem(text)).toMatch(said instanceof RegExp ? said : new RegExp(said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  });

  test('a wrong flag is named as a flag, a wrong variable as a variable', () => {
    expect(problem('', {}, { parallel_workers: 0 })).toBe('--parallel 0: it must be a whole number from 1 to 64.');
    expect(problem('', { E2E_PARALLEL_WORKERS: 'x' })).toBe('The variable E2E_PARALLEL_WORKERS=x: it must be a whole number from 1 to 64.');
  });

  test('all problems that can be seen at once are said at once', () => {
    expect(problem('parallel_workers: 0\nhistory_retention_days: 0\n').split('\n')).toHaveLength(2);
  });

  test('a secret that stands in a wrong place is not printed', () => {
    expect(problem('parallel_workers: ${TOKEN}', { TOKEN: 's3cret-value' })).not.toContain('s3cret-value');
  });
});
