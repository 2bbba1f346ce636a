// Serves the sample until it is told to stop: Postgres (its own, or the server of SHOP_DATABASE_URL), payments and the shop.
// Whatever ends this process ends the three of them too.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { build } from './build.mjs';

const root = import.meta.dirname;
const GRACE_MS = 5_000;
const NO_SUCH_DATABASE = '3D000';

async function ownServer() {
  // Loaded only here, since it is not needed when a server is given; by `require`, since it is CommonJS.
  const { startPostgres } = createRequire(import.meta.url)('@testimony/local-postgres');
  return startPostgres({ dir: join(root, '.e2e/shop-db') });
}

async function createDatabase(url) {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (error) {
    if (error.code !== NO_SUCH_DATABASE) throw error;
    const name = decodeURIComponent(new URL(url).pathname.slice(1));
    const maintenance = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
    await maintenance.connect();
    await maintenance.query(`create database ${pg.escapeIdentifier(name)}`);
    await maintenance.end();
    return;
  }
  await client.end();
}

let postgres;
const services = [];
let stopping;

function stop(exitCode) {
  stopping ??= (async () => {
    await Promise.all(
      services.map(async ({ child, ended }) => {
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
        await ended;
        clearTimeout(force);
      }),
    );
    await postgres?.stop();
    process.exit(exitCode);
  })();
  return stopping;
}

function serve(name, databaseUrl) {
  const child = fork(join(root, 'dist', name, 'main.js'), {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, SHOP_DATABASE_URL: databaseUrl, NODE_COMPILE_CACHE: join(root, '.e2e/compile-cache') },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  services.push({ child, ended });
  child.once('exit', (code, signal) => {
    if (stopping) return;
    console.error(`${name} ended by itself (${signal ?? `exit code ${code}`}); stopping the rest`);
    void stop(1);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop(0));
const parent = process.ppid;
setInterval(() => process.ppid === parent || void stop(0), 1_000).unref();

try {
  const [, url] = await Promise.all([
    build(),
    (async () => {
      if (process.env.SHOP_DATABASE_URL) return process.env.SHOP_DATABASE_URL;
      postgres = await ownServer();
      return Object.assign(new URL(postgres.url), { pathname: '/shop' }).href;
    })(),
  ]);
  await createDatabase(url);
  if (!stopping) {
    serve('payments', url);
    serve('shop', url);
  }
} catch (error) {
  console.error(error);
  await stop(1);
}
