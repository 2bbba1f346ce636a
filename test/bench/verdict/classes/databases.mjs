// Real servers where the machine has them (Postgres always: libs/local-postgres), a small one that speaks MongoDB's protocol, and ports where nobody listens.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';

const SCHEMA = [
  'CREATE TABLE accounts (id INT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE, balance INT NOT NULL CHECK (balance >= 0))',
  'CREATE TABLE orders (id INT PRIMARY KEY, account_id INT NOT NULL, state VARCHAR(10) NOT NULL, FOREIGN KEY (account_id) REFERENCES accounts(id))',
  "INSERT INTO accounts VALUES (1, 'ada@example.test', 100), (2, 'bob@example.test', 50)",
  "INSERT INTO orders VALUES (17, 1, 'pending')",
];

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilOpen(port) {
  for (let left = 200; left > 0; left -= 1) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function ended(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}

async function startPostgres(repository, modules) {
  const { startTemporaryPostgres } = createRequire(import.meta.url)(join(repository, 'libs/local-postgres/dist/index.js'));
  const server = await startTemporaryPostgres();
  const { Client } = createRequire(join(modules, 'package.json'))('pg');
  const client = new Client(server.url);
  await client.connect();
  for (const statement of SCHEMA) await client.query(statement);
  await client.query("CREATE ROLE reader LOGIN PASSWORD 'reader'");
  await client.end();
  return server;
}

async function startMariadb(folder) {
  if (!existsSync('/usr/sbin/mariadbd')) return undefined;
  const data = join(folder, 'mariadb');
  const port = await freePort();
  if (!existsSync(data)) {
    mkdirSync(data, { recursive: true });
    execFileSync('mariadb-install-db', ['--user=root', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], {
      stdio: 'ignore',
    });
  }
  const socket = join(folder, 'mariadb.sock');
  const child = spawn(
    '/usr/sbin/mariadbd',
    [
      '--no-defaults',
      '--user=root',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${socket}`,
      `--pid-file=${join(folder, 'mariadb.pid')}`,
    ],
    { stdio: 'ignore' },
  );
  if (!(await untilOpen(port))) throw new Error('MariaDB did not start');
  const sql = [
    'DROP DATABASE IF EXISTS shop',
    'CREATE DATABASE shop',
    'USE shop',
    ...SCHEMA,
    "CREATE OR REPLACE USER 'app'@'%' IDENTIFIED BY 'secret'",
    "GRANT ALL ON shop.* TO 'app'@'%'",
    "CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY 'reader'",
  ].join(';\n');
  execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '-uroot'], { input: `${sql};` });
  return { port, stop: () => ended(child) };
}

async function startRedis() {
  if (!existsSync('/usr/bin/redis-server')) return undefined;
  const port = await freePort();
  const child = spawn('/usr/bin/redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'secret'], {
    stdio: 'ignore',
  });
  if (!(await untilOpen(port))) throw new Error('Redis did not start');
  return { port, stop: () => ended(child) };
}

/** What MongoDB answers to the faults that the cases make, by collection. The text around it is the driver's own. */
const MONGO = {
  duplicate: () => ({
    n: 0,
    writeErrors: [
      {
        index: 0,
        code: 11000,
        keyPattern: { email: 1 },
        keyValue: { email: 'ada@example.test' },
        errmsg: 'E11000 duplicate key error collection: shop.duplicate index: email_1 dup key: { email: "ada@example.test" }',
      },
    ],
    ok: 1,
  }),
  invalid: () => ({
    n: 0,
    writeErrors: [
      {
        index: 0,
        code: 121,
        errmsg: 'Document failed validation',
        errInfo: { failingDocumentId: 1, details: { operatorName: '$jsonSchema' } },
      },
    ],
    ok: 1,
  }),
  unauthorized: () => ({ ok: 0, errmsg: 'command find requires authentication', code: 13, codeName: 'Unauthorized' }),
  slow: () => ({ ok: 0, errmsg: 'operation exceeded time limit', code: 50, codeName: 'MaxTimeMSExpired' }),
  conflict: () => ({
    ok: 0,
    errmsg:
      'WriteConflict error: this operation conflicted with another operation. Please retry your operation or multi-document transaction.',
    code: 112,
    codeName: 'WriteConflict',
  }),
  badop: () => ({ ok: 0, errmsg: 'unknown operator: $foo', code: 2, codeName: 'BadValue' }),
};

async function startMongoSpeaker(modules) {
  const { BSON } = createRequire(join(modules, 'package.json'))('mongodb');
  const hello = () => ({
    ismaster: true,
    isWritablePrimary: true,
    helloOk: true,
    maxBsonObjectSize: 16777216,
    maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000,
    localTime: new Date(0),
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  });
  const reply = (command) => {
    const [name] = Object.keys(command);
    if (/^(?:hello|ismaster)$/i.test(name)) return hello();
    if (/^saslStart$/.test(name)) return { ok: 0, errmsg: 'Authentication failed.', code: 18, codeName: 'AuthenticationFailed' };
    return MONGO[command[name]]?.() ?? { ok: 1, n: 1, cursor: { id: 0, ns: 'shop.orders', firstBatch: [] } };
  };
  const server = net.createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        const [id, opcode] = [message.readInt32LE(4), message.readInt32LE(12)];
        const legacy = opcode === 2004;
        const start = legacy ? message.indexOf(0, 20) + 1 + 8 : 21;
        const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
        if (!legacy && command.drop === undefined && message[20] !== 0) continue;
        const document = BSON.serialize(reply(command));
        const head = legacy ? Buffer.alloc(16 + 20) : Buffer.alloc(16 + 5);
        head.writeInt32LE(head.length + document.length, 0);
        head.writeInt32LE(id, 8);
        head.writeInt32LE(legacy ? 1 : 2013, 12);
        if (legacy) head.writeInt32LE(1, 32);
        socket.write(Buffer.concat([head, document]));
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, stop: () => server.close() };
}

/** Addresses by the names that the cases' code reads from the environment. */
export async function startDatabases(repository, modules, folder) {
  const postgres = await startPostgres(repository, modules);
  const mariadb = await startMariadb(folder);
  const redis = await startRedis();
  const mongo = await startMongoSpeaker(modules);
  const pg = new URL(postgres.url);
  return {
    environment: {
      PG_URL: postgres.url,
      PG_HOST: pg.hostname,
      PG_PORT: pg.port,
      PG_USER: pg.username,
      PG_PASSWORD: pg.password,
      MONGO_URL: `mongodb://127.0.0.1:${mongo.port}/shop`,
      ...(mariadb && { MY_PORT: String(mariadb.port) }),
      ...(redis && { REDIS_PORT: String(redis.port) }),
    },
    stop: async () => {
      mongo.stop();
      await Promise.all([postgres.stop(), mariadb?.stop(), redis?.stop()]);
    },
  };
}
