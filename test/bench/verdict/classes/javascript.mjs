// Cases in JavaScript: test files are written for each framework, and run by it.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { classOfStatus, historyOf, innocentLogs, nameOf, pathOf, STATUS_PAIRS, STATUS_SENTENCES, THROWN_STATUSES } from './faults.mjs';
import { ORDER } from './server.mjs';

/** A terminal's colour, as an expression. */
const COLOUR = `${String.fromCharCode(27)}\\[\\d+m`;

const js = (value) => JSON.stringify(value);

// --- how each framework says a thing ---

const expectStyle = {
  eq: (a, e) => `expect(${a}).toBe(${e});`,
  eqNoted: (a, e, note) => `expect(${a}, ${js(note)}).toBe(${e});`,
  deep: (a, e) => `expect(${a}).toEqual(${e});`,
  subset: (a, e) => `expect(${a}).toMatchObject(${e});`,
  has: (a, key) => `expect(${a}).toHaveProperty(${js(key)});`,
  truthy: (a) => `expect(${a}).toBe(true);`,
  contains: (a, e) => `expect(${a}).toContain(${e});`,
  matches: (a, e) => `expect(${a}).toMatch(${e});`,
  len: (a, n) => `expect(${a}).toHaveLength(${n});`,
  less: (a, n) => `expect(${a}).toBeLessThan(${n});`,
  among: (a, list) => `expect(${list}).toContain(${a});`,
};
const assertStyle = {
  eq: (a, e) => `assert.strictEqual(${a}, ${e});`,
  eqNoted: (a, e, note) => `assert.strictEqual(${a}, ${e}, ${js(note)});`,
  deep: (a, e) => `assert.deepStrictEqual(${a}, ${e});`,
  subset: (a, e) => `assert.partialDeepStrictEqual(${a}, ${e});`,
  has: (a, key) => `assert.ok(${js(key)} in ${a}, ${js(`${key} is missing`)});`,
  truthy: (a) => `assert.ok(${a});`,
  contains: (a, e) => `assert.ok(${a}.includes(${e}));`,
  matches: (a, e) => `assert.match(${a}, ${e});`,
  len: (a, n) => `assert.equal(${a}.length, ${n});`,
  less: (a, n) => `assert.ok(${a} < ${n});`,
  among: (a, list) => `assert.ok(${list}.includes(${a}));`,
};
const chaiStyle = {
  eq: (a, e) => `expect(${a}).to.equal(${e});`,
  eqNoted: (a, e, note) => `expect(${a}, ${js(note)}).to.equal(${e});`,
  deep: (a, e) => `expect(${a}).to.deep.equal(${e});`,
  subset: (a, e) => `expect(${a}).to.deep.include(${e});`,
  has: (a, key) => `expect(${a}).to.have.property(${js(key)});`,
  truthy: (a) => `expect(${a}).to.be.true;`,
  contains: (a, e) => `expect(${a}).to.include(${e});`,
  matches: (a, e) => `expect(${a}).to.match(${e});`,
  len: (a, n) => `expect(${a}).to.have.length(${n});`,
  less: (a, n) => `expect(${a}).to.be.below(${n});`,
  among: (a, list) => `expect(${a}).to.be.oneOf(${list});`,
};
const t = (eq, deep, truthy, matches) => ({
  eq: (a, e) => `${eq}(${a}, ${e});`,
  eqNoted: (a, e, note) => `${eq}(${a}, ${e}, ${js(note)});`,
  deep: (a, e) => `${deep}(${a}, ${e});`,
  subset: (a, e) => `${deep}(${a}, ${e});`,
  has: (a, key) => `${truthy}(${js(key)} in ${a}, ${js(`has ${key}`)});`,
  truthy: (a) => `${truthy}(${a});`,
  contains: (a, e) => `${truthy}(${a}.includes(${e}));`,
  matches: (a, e) => `${matches}(${a}, ${e});`,
  len: (a, n) => `${eq}(${a}.length, ${n});`,
  less: (a, n) => `${truthy}(${a} < ${n});`,
  among: (a, list) => `${truthy}(${list}.includes(${a}));`,
});

/** `test` writes one test; `polls` are ways to wait that this framework offers; `limit` in ms holds for one test. */
const FRAMEWORKS = {
  jest: {
    style: expectStyle,
    head: "import { test, expect, beforeAll } from '@jest/globals';",
    test: (name, body, limit) => `test(${js(name)}, async () => {\n${body}\n}, ${limit ?? 8000});`,
    hook: (body) => `beforeAll(async () => {\n${body}\n});`,
    notes: false,
  },
  vitest: {
    style: expectStyle,
    head: "import { test, expect, vi, beforeAll } from 'vitest';",
    test: (name, body, limit) => `test(${js(name)}, async () => {\n${body}\n}, ${limit ?? 8000});`,
    hook: (body) => `beforeAll(async () => {\n${body}\n});`,
    notes: true,
    polls: {
      value: (get, e) => `await expect.poll(${get}, { timeout: 250, interval: 40 }).toBe(${e});`,
      block: (body) => `await vi.waitFor(async () => {\n${body}\n}, { timeout: 250, interval: 40 });`,
    },
  },
  playwright: {
    style: expectStyle,
    head: "import { test, expect } from '@playwright/test';",
    test: (name, body, limit) => `test(${js(name)}, async ({ request }) => {\n${limit ? `test.setTimeout(${limit});\n` : ''}${body}\n});`,
    hook: (body) => `test.beforeAll(async () => {\n${body}\n});`,
    notes: true,
    polls: {
      value: (get, e) => `await expect.poll(${get}, { timeout: 250, intervals: [40] }).toBe(${e});`,
      block: (body) => `await expect(async () => {\n${body}\n}).toPass({ timeout: 250, intervals: [40] });`,
    },
  },
  'node:test': {
    style: assertStyle,
    head: "import { test, before } from 'node:test';\nimport assert from 'node:assert';",
    test: (name, body, limit) => `test(${js(name)}, { timeout: ${limit ?? 8000} }, async () => {\n${body}\n});`,
    hook: (body) => `before(async () => {\n${body}\n});`,
    notes: true,
  },
  mocha: {
    style: chaiStyle,
    head: "import { expect, assert, use } from 'chai';\nimport chaiHttp from 'chai-http';\nuse(chaiHttp);",
    test: (name, body, limit) => `it(${js(name)}, async function () {\nthis.timeout(${limit ?? 8000});\n${body}\n});`,
    hook: (body) => `before(async () => {\n${body}\n});`,
    notes: true,
  },
  ava: {
    style: t('t.is', 't.deepEqual', 't.true', 't.regex'),
    head: "import test from 'ava';",
    test: (name, body, limit) => `test(${js(name)}, async (t) => {\nt.timeout(${limit ?? 8000});\n${body}\nt.pass();\n});`,
    hook: (body) => `test.before(async () => {\n${body}\n});`,
    notes: true,
  },
  jasmine: {
    style: {
      ...expectStyle,
      eqNoted: (a, e, note) => `expect(${a}).withContext(${js(note)}).toBe(${e});`,
      subset: (a, e) => `expect(${a}).toEqual(jasmine.objectContaining(${e}));`,
      has: (a, key) => `expect(${a}.${key}).toBeDefined();`,
      len: (a, n) => `expect(${a}).toHaveSize(${n});`,
    },
    head: '',
    test: (name, body, limit) => `it(${js(name)}, async () => {\n${body}\n}, ${limit ?? 8000});`,
    hook: (body) => `beforeAll(async () => {\n${body}\n});`,
    notes: true,
  },
  tape: {
    style: t('t.equal', 't.deepEqual', 't.ok', 't.match'),
    head: "import test from 'tape';",
    test: (name, body, limit) => `test(${js(name)}, { timeout: ${limit ?? 8000} }, async (t) => {\n${body}\n});`,
    notes: true,
  },
  uvu: {
    style: t('assert.is', 'assert.equal', 'assert.ok', 'assert.match'),
    head: "import { test } from 'uvu';\nimport * as assert from 'uvu/assert';",
    test: (name, body) => `test(${js(name)}, async () => {\n${body}\n});`,
    hook: (body) => `test.before(async () => {\n${body}\n});`,
    tail: 'test.run();',
    notes: true,
    endless: false,
  },
};
export const JS_FRAMEWORKS = Object.keys(FRAMEWORKS);

// --- how each client asks ---

const COMMON = `
import nodeHttp from 'node:http';
import nodeHttps from 'node:https';
const fetchJson = async (url, init) => { const res = await fetch(url, init); const text = await res.text(); return { res, text, get body() { return JSON.parse(text); } }; };
function ask(url, { method = 'GET', timeout } = {}) {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https') ? nodeHttps : nodeHttp).request(url, { method, timeout }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, statusText: response.statusMessage, text: Buffer.concat(parts).toString() }));
    });
    request.on('timeout', () => request.destroy(new Error('the request took longer than ' + timeout + ' ms')));
    request.on('error', reject);
    request.end();
  });
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function waitFor(condition, { timeout = 250, what = 'the condition' } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try { const value = await condition(); if (value === true) return; last = 'last value: ' + JSON.stringify(value); } catch (error) { last = 'last error: ' + (error.cause?.code ? error.message + ' (' + error.cause.code + ')' : error.message); }
    if (Date.now() > end) throw new Error('Timed out after ' + timeout + ' ms waiting for ' + what + '; ' + last);
    await sleep(40);
  }
}
async function eventually(check, timeout = 250) {
  const end = Date.now() + timeout;
  for (;;) {
    try { return await check(); } catch (error) { if (Date.now() > end) throw error; }
    await sleep(40);
  }
}
`;

/** `plain` binds what the expressions use and does not throw for a status; `throwing` is the client as it comes. */
const CLIENTS = {
  fetch: {
    plain: (u, m, ms) => `const res = await fetch(${u}, { method: ${js(m)}${ms ? `, signal: AbortSignal.timeout(${ms})` : ''} });`,
    status: 'res.status',
    text: 'res.statusText',
    ok: 'res.ok',
    body: '(await res.json())',
  },
  undici: {
    top: "import { request as undiciRequest } from 'undici';",
    plain: (u, m, ms) =>
      `const { statusCode, body } = await undiciRequest(${u}, { method: ${js(m)}${ms ? `, headersTimeout: ${ms}, bodyTimeout: ${ms}` : ''} });`,
    status: 'statusCode',
    body: '(await body.json())',
  },
  axios: {
    top: "import axios from 'axios';",
    plain: (u, m, ms) =>
      `const response = await axios.request({ url: ${u}, method: ${js(m)}, validateStatus: () => true${ms ? `, timeout: ${ms}` : ''} });`,
    throwing: (u, m) => `const response = await axios({ url: ${u}, method: ${js(m)} });`,
    status: 'response.status',
    text: 'response.statusText',
    body: 'response.data',
  },
  got: {
    top: "import got from 'got';",
    plain: (u, m, ms) =>
      `const response = await got(${u}, { method: ${js(m)}, throwHttpErrors: false, retry: { limit: 0 }${ms ? `, timeout: { request: ${ms} }` : ''} });`,
    throwing: (u, m) => `const body = await got(${u}, { method: ${js(m)}, retry: { limit: 0 } }).json();`,
    status: 'response.statusCode',
    text: 'response.statusMessage',
    ok: 'response.ok',
    body: 'JSON.parse(response.body)',
  },
  superagent: {
    top: "import superagent from 'superagent';",
    plain: (u, m, ms) => `const res = await superagent(${js(m)}, ${u}).ok(() => true)${ms ? `.timeout({ response: ${ms} })` : ''};`,
    throwing: (u, m) => `const res = await superagent(${js(m)}, ${u});`,
    status: 'res.status',
    ok: 'res.ok',
    body: 'res.body',
  },
  ky: {
    top: "import ky from 'ky';",
    plain: (u, m, ms) =>
      `const response = await ky(${u}, { method: ${js(m)}, throwHttpErrors: false, retry: 0${ms ? `, timeout: ${ms}` : ''} });`,
    throwing: (u, m) => `const body = await ky(${u}, { method: ${js(m)}, retry: 0 }).json();`,
    status: 'response.status',
    text: 'response.statusText',
    ok: 'response.ok',
    body: '(await response.json())',
  },
  'node:http': {
    plain: (u, m, ms) => `const answer = await ask(${u}, { method: ${js(m)}${ms ? `, timeout: ${ms}` : ''} });`,
    status: 'answer.status',
    text: 'answer.statusText',
    body: 'JSON.parse(answer.text)',
  },
  supertest: {
    top: "import supertest from 'supertest';",
    plain: (u, m, ms) => `const res = await supertest(BASE).${m.toLowerCase()}(${u.replace('BASE + ', '')})${ms ? `.timeout(${ms})` : ''};`,
    expecting: (u, m, e) => `await supertest(BASE).${m.toLowerCase()}(${u.replace('BASE + ', '')}).expect(${e});`,
    status: 'res.status',
    ok: 'res.ok',
    body: 'res.body',
    relative: true,
  },
  pactum: {
    top: "import pactum from 'pactum';\nconst { spec } = pactum;\npactum.settings?.setLogLevel?.('SILENT');",
    expecting: (u, m, e) => `await spec().${m.toLowerCase()}(${u}).expectStatus(${e});`,
    only: true,
  },
  'playwright request': {
    framework: 'playwright',
    plain: (u, m, ms) => `const response = await request.${m.toLowerCase()}(${u}${ms ? `, { timeout: ${ms} }` : ''});`,
    expecting: (u, m) => `const response = await request.${m.toLowerCase()}(${u});\nawait expect(response).toBeOK();`,
    throwing: (u, m) => `const response = await request.fetch(${u}, { method: ${js(m)}, failOnStatusCode: true });`,
    status: 'response.status()',
    text: 'response.statusText()',
    ok: 'response.ok()',
    body: '(await response.json())',
  },
  'chai-http': {
    framework: 'mocha',
    top: "import { request as chaiRequest } from 'chai-http';",
    plain: (u, m) => `const res = await chaiRequest.execute(BASE).${m.toLowerCase()}(${u.replace('BASE + ', '')});`,
    expecting: (u, m, e) =>
      `const res = await chaiRequest.execute(BASE).${m.toLowerCase()}(${u.replace('BASE + ', '')});\nexpect(res).to.have.status(${e});`,
    status: 'res.status',
    body: 'res.body',
    relative: true,
  },
};

// --- database drivers: code and what it needs; all of their faults are of the class database ---

const PG =
  "{ host: process.env.PG_HOST, port: Number(process.env.PG_PORT), user: process.env.PG_USER, password: process.env.PG_PASSWORD, database: 'postgres' }";
const MY = "{ host: '127.0.0.1', port: Number(process.env.MY_PORT), user: 'app', password: 'secret', database: 'shop' }";
const DUPLICATE = "INSERT INTO accounts VALUES (9, 'ada@example.test', 1)";
const SQL_FAULTS = {
  duplicate: DUPLICATE,
  foreign: "INSERT INTO orders VALUES (99, 4711, 'x')",
  null: 'INSERT INTO accounts VALUES (8, NULL, 1)',
  check: "INSERT INTO accounts VALUES (8, 'c@example.test', -5)",
  syntax: 'SELEC * FROM accounts',
  table: 'SELECT * FROM acounts',
  column: 'SELECT emial FROM accounts',
  long: "INSERT INTO orders VALUES (98, 1, 'a state that is too long')",
  type: "SELECT * FROM accounts WHERE id = 'abc'::int",
  timeout: 'SET statement_timeout = 50; SELECT pg_sleep(2)',
};
const MY_FAULTS = {
  duplicate: SQL_FAULTS.duplicate,
  foreign: SQL_FAULTS.foreign,
  null: SQL_FAULTS.null,
  check: SQL_FAULTS.check,
  syntax: SQL_FAULTS.syntax,
  table: SQL_FAULTS.table,
  column: SQL_FAULTS.column,
  long: SQL_FAULTS.long,
};

const sqlCases = (faults, code) => Object.entries(faults).map(([fault, sql]) => [fault, code(js(sql))]);
const DRIVERS = {
  pg: {
    top: "import pg from 'pg';",
    cases: [
      ...sqlCases(
        SQL_FAULTS,
        (sql) =>
          `const client = new pg.Client(${PG});\nawait client.connect();\ntry { await client.query(${sql}); } finally { await client.end(); }`,
      ),
      ['auth', `const client = new pg.Client({ ...${PG}, password: 'wrong' });\nawait client.connect();`],
      ['refused', `const client = new pg.Client({ host: '127.0.0.1', port: 5432, user: 'app' });\nawait client.connect();`],
      ['refused pool', `const pool = new pg.Pool({ host: 'localhost', port: 5432, user: 'app' });\nawait pool.query('SELECT 1');`],
      ['database', `const client = new pg.Client({ ...${PG}, database: 'shop_test' });\nawait client.connect();`],
      [
        'connect timeout',
        `const client = new pg.Client({ host: '127.0.0.1', port: SILENT, user: 'app', connectionTimeoutMillis: 150 });\nawait client.connect();`,
      ],
      [
        'killed',
        `const client = new pg.Client(${PG});\nclient.on('error', () => {});\nawait client.connect();\nawait client.query('SELECT pg_terminate_backend(pg_backend_pid())');`,
      ],
      [
        'permission',
        `const client = new pg.Client({ ...${PG}, user: 'reader', password: 'reader' });\nawait client.connect();\ntry { await client.query('DELETE FROM accounts'); } finally { await client.end(); }`,
      ],
      [
        'deadlock',
        `const [a, b] = [new pg.Client(${PG}), new pg.Client(${PG})];\nawait a.connect();\nawait b.connect();\ntry {\n  await a.query('BEGIN'); await b.query('BEGIN');\n  await a.query('UPDATE accounts SET balance = 1 WHERE id = 1'); await b.query('UPDATE accounts SET balance = 1 WHERE id = 2');\n  await Promise.all([a.query('UPDATE accounts SET balance = 2 WHERE id = 2'), b.query('UPDATE accounts SET balance = 2 WHERE id = 1')]);\n} finally { await a.end(); await b.end(); }`,
      ],
      [
        'lock',
        `const [a, b] = [new pg.Client(${PG}), new pg.Client(${PG})];\nawait a.connect();\nawait b.connect();\ntry {\n  await a.query('BEGIN'); await a.query('LOCK TABLE orders');\n  await b.query("SET lock_timeout = '60ms'"); await b.query('SELECT * FROM orders');\n} finally { await a.end(); await b.end(); }`,
      ],
    ],
  },
  postgres: {
    top: "import postgres from 'postgres';",
    cases: [
      ...sqlCases(
        { duplicate: SQL_FAULTS.duplicate, null: SQL_FAULTS.null, syntax: SQL_FAULTS.syntax, table: SQL_FAULTS.table },
        (sql) => `const sql = postgres(process.env.PG_URL, { max: 1 });\ntry { await sql.unsafe(${sql}); } finally { await sql.end(); }`,
      ),
      ['refused', "const sql = postgres('postgres://app@127.0.0.1:5432/shop', { connect_timeout: 1 });\nawait sql`select 1`;"],
      ['auth', `const sql = postgres({ ...${PG}, username: process.env.PG_USER, password: 'wrong' });\nawait sql\`select 1\`;`],
    ],
  },
  typeorm: {
    top: "import 'reflect-metadata';\nimport { DataSource } from 'typeorm';",
    cases: [
      ...sqlCases(
        { duplicate: SQL_FAULTS.duplicate, foreign: SQL_FAULTS.foreign, column: SQL_FAULTS.column, check: SQL_FAULTS.check },
        (sql) =>
          `const source = new DataSource({ type: 'postgres', url: process.env.PG_URL });\nawait source.initialize();\ntry { await source.query(${sql}); } finally { await source.destroy(); }`,
      ),
      [
        'refused',
        "const source = new DataSource({ type: 'postgres', host: '127.0.0.1', port: 5432, username: 'app' });\nawait source.initialize();",
      ],
      ['not initialised', "const source = new DataSource({ type: 'postgres', url: process.env.PG_URL });\nawait source.query('SELECT 1');"],
    ],
  },
  sequelize: {
    top: "import { Sequelize, DataTypes } from 'sequelize';",
    cases: [
      ...sqlCases(
        { duplicate: SQL_FAULTS.duplicate, foreign: SQL_FAULTS.foreign, syntax: SQL_FAULTS.syntax, table: SQL_FAULTS.table },
        (sql) =>
          `const db = new Sequelize(process.env.PG_URL, { logging: false });\ntry { await db.query(${sql}); } finally { await db.close(); }`,
      ),
      ['refused', "const db = new Sequelize('postgres://app@127.0.0.1:5432/shop', { logging: false });\nawait db.authenticate();"],
      [
        'auth',
        `const db = new Sequelize('postgres', process.env.PG_USER, 'wrong', { host: process.env.PG_HOST, port: process.env.PG_PORT, dialect: 'postgres', logging: false });\nawait db.authenticate();`,
      ],
      [
        'mysql duplicate',
        `const db = new Sequelize('shop', 'app', 'secret', { host: '127.0.0.1', port: process.env.MY_PORT, dialect: 'mysql', logging: false });\ntry { await db.query(${js(DUPLICATE)}); } finally { await db.close(); }`,
      ],
    ],
  },
  knex: {
    top: "import knex from 'knex';",
    cases: [
      ...sqlCases(
        { duplicate: SQL_FAULTS.duplicate, null: SQL_FAULTS.null, column: SQL_FAULTS.column, table: SQL_FAULTS.table },
        (sql) =>
          `const db = knex({ client: 'pg', connection: process.env.PG_URL });\ntry { await db.raw(${sql}); } finally { await db.destroy(); }`,
      ),
      ['refused', "const db = knex({ client: 'pg', connection: 'postgres://app@127.0.0.1:5432/shop' });\nawait db('orders').select();"],
      [
        'pool',
        `const db = knex({ client: 'pg', connection: process.env.PG_URL, pool: { min: 0, max: 1 }, acquireConnectionTimeout: 120 });\nconst held = await db.transaction();\ntry { await db('orders').select(); } finally { await held.rollback(); await db.destroy(); }`,
      ],
      [
        'mysql syntax',
        `const db = knex({ client: 'mysql2', connection: ${MY} });\ntry { await db.raw('SELEC 1'); } finally { await db.destroy(); }`,
      ],
    ],
  },
  drizzle: {
    top: "import { drizzle } from 'drizzle-orm/node-postgres';\nimport { sql as drizzleSql } from 'drizzle-orm';\nimport pgForDrizzle from 'pg';",
    cases: sqlCases(
      { duplicate: SQL_FAULTS.duplicate, table: SQL_FAULTS.table, null: SQL_FAULTS.null },
      (sql) =>
        `const pool = new pgForDrizzle.Pool({ connectionString: process.env.PG_URL });\ntry { await drizzle(pool).execute(drizzleSql.raw(${sql})); } finally { await pool.end(); }`,
    ),
  },
  mysql2: {
    top: "import mysql from 'mysql2/promise';",
    cases: [
      ...sqlCases(
        MY_FAULTS,
        (sql) =>
          `const connection = await mysql.createConnection(${MY});\ntry { await connection.query(${sql}); } finally { await connection.end(); }`,
      ),
      ['auth', `await mysql.createConnection({ ...${MY}, password: 'wrong' });`],
      ['refused', "await mysql.createConnection({ host: '127.0.0.1', port: 3306, user: 'app' });"],
      ['database', `await mysql.createConnection({ ...${MY}, database: 'nope' });`],
      ['connect timeout', "await mysql.createConnection({ host: '127.0.0.1', port: SILENT, user: 'app', connectTimeout: 150 });"],
    ],
  },
  mariadb: {
    top: "import mariadb from 'mariadb';",
    cases: [
      ...sqlCases(
        { duplicate: MY_FAULTS.duplicate, syntax: MY_FAULTS.syntax, foreign: MY_FAULTS.foreign },
        (sql) =>
          `const connection = await mariadb.createConnection(${MY});\ntry { await connection.query(${sql}); } finally { await connection.end(); }`,
      ),
      ['auth', `await mariadb.createConnection({ ...${MY}, password: 'wrong' });`],
      ['refused', "await mariadb.createConnection({ host: '127.0.0.1', port: 3306, user: 'app' });"],
    ],
  },
  mongodb: {
    top: "import { MongoClient } from 'mongodb';",
    cases: [
      ...['duplicate', 'invalid'].map((name) => [
        name,
        `const client = new MongoClient(process.env.MONGO_URL);\ntry { await client.db().collection(${js(name)}).insertOne({ email: 'ada@example.test' }); } finally { await client.close(); }`,
      ]),
      ...['unauthorized', 'slow', 'conflict', 'badop'].map((name) => [
        name,
        `const client = new MongoClient(process.env.MONGO_URL);\ntry { await client.db().collection(${js(name)}).findOne({}); } finally { await client.close(); }`,
      ]),
      [
        'refused',
        "const client = new MongoClient('mongodb://127.0.0.1:27017/shop', { serverSelectionTimeoutMS: 150 });\nawait client.db().collection('orders').findOne({});",
      ],
      [
        'auth',
        "const client = new MongoClient(process.env.MONGO_URL.replace('//', '//app:wrong@'), { serverSelectionTimeoutMS: 400 });\ntry { await client.db().collection('orders').findOne({}); } finally { await client.close(); }",
      ],
    ],
  },
  mongoose: {
    top: "import mongoose from 'mongoose';",
    cases: [
      ['refused', "await mongoose.createConnection('mongodb://127.0.0.1:27017/shop', { serverSelectionTimeoutMS: 150 }).asPromise();"],
      [
        'duplicate',
        "const db = await mongoose.createConnection(process.env.MONGO_URL).asPromise();\ntry { await db.model('Duplicate', new mongoose.Schema({ email: String }, { autoIndex: false }), 'duplicate').create({ email: 'ada@example.test' }); } finally { await db.close(); }",
      ],
      [
        'buffering',
        "const Model = mongoose.model('Order' + Math.random(), new mongoose.Schema({ n: Number }, { bufferTimeoutMS: 150 }));\nawait Model.findOne({});",
      ],
    ],
  },
  ioredis: {
    top: "import { Redis } from 'ioredis';",
    cases: [
      [
        'refused',
        "const redis = new Redis({ port: 6379, maxRetriesPerRequest: 1, retryStrategy: () => 20 });\nredis.on('error', () => {});\ntry { await redis.get('a'); } finally { redis.disconnect(); }",
      ],
      [
        'refused plain',
        "const redis = new Redis({ port: 6379, lazyConnect: true, retryStrategy: null });\nredis.on('error', () => {});\nawait redis.connect();",
      ],
      [
        'auth',
        "const redis = new Redis({ port: process.env.REDIS_PORT, retryStrategy: null });\nredis.on('error', () => {});\ntry { await redis.get('a'); } finally { redis.disconnect(); }",
      ],
      [
        'type',
        "const redis = new Redis({ port: process.env.REDIS_PORT, password: 'secret' });\ntry { await redis.set('a', '1'); await redis.lpush('a', '2'); } finally { redis.disconnect(); }",
      ],
      [
        'wrong password',
        "const redis = new Redis({ port: process.env.REDIS_PORT, password: 'wrong', retryStrategy: null });\nredis.on('error', () => {});\ntry { await redis.get('a'); } finally { redis.disconnect(); }",
      ],
      [
        'command timeout',
        "const redis = new Redis({ port: SILENT, commandTimeout: 120, retryStrategy: null, enableReadyCheck: false });\nredis.on('error', () => {});\ntry { await redis.get('a'); } finally { redis.disconnect(); }",
      ],
    ],
  },
  redis: {
    top: "import { createClient } from 'redis';",
    cases: [
      [
        'refused',
        "const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });\nclient.on('error', () => {});\nawait client.connect();",
      ],
      [
        'auth',
        "const client = createClient({ url: 'redis://:wrong@127.0.0.1:' + process.env.REDIS_PORT, socket: { reconnectStrategy: false } });\nclient.on('error', () => {});\nawait client.connect();",
      ],
      [
        'type',
        "const client = await createClient({ url: 'redis://:secret@127.0.0.1:' + process.env.REDIS_PORT }).connect();\ntry { await client.set('b', '1'); await client.lPush('b', '2'); } finally { client.destroy(); }",
      ],
      ['closed', "const client = createClient({ url: 'redis://127.0.0.1:6379' });\nawait client.get('a');"],
    ],
  },
  'node:sqlite': {
    top: "import { DatabaseSync } from 'node:sqlite';",
    cases: Object.entries({
      duplicate: DUPLICATE,
      syntax: 'SELEC 1',
      table: 'SELECT * FROM acounts',
      null: SQL_FAULTS.null,
      check: SQL_FAULTS.check,
    }).map(([fault, sql]) => [
      fault,
      `const db = new DatabaseSync(':memory:');\ndb.exec("CREATE TABLE accounts (id INT PRIMARY KEY, email TEXT NOT NULL UNIQUE, balance INT NOT NULL CHECK (balance >= 0)); INSERT INTO accounts VALUES (1, 'ada@example.test', 3)");\ndb.exec(${js(sql)});`,
    ]),
  },
};
export const JS_DRIVERS = Object.keys(DRIVERS);

/** A body compares a value; numbers look like statuses and words like other classes on purpose. */
const DATA_FAULTS = /** @type {[string, (s: any, f: any) => string, string?][]} */ ([
  ['number', (s) => s.eq('order.total', '4300')],
  ['status-like number', (s) => s.eq('order.total - 3799', '200')],
  ['status-like count', (s) => s.eq('4200 / 10.5', '200')],
  ['status-like amount', (s) => s.eq('amountOf(404)', '200')],
  ['status-like id', (s) => s.eq('amountOf(500)', '401')],
  ['string', (s) => s.eq('order.state', "'shipped'")],
  ['word timeout', (s) => s.eq("wordOf('timeout')", "'refused'")],
  ['word unauthorized', (s) => s.eq("wordOf('Unauthorized')", "'Forbidden'")],
  ['word database', (s) => s.eq("wordOf('duplicate key')", "'database is ready'")],
  ['word not found', (s) => s.contains("wordOf('the page was not found')", "'server error'")],
  ['deep', (s) => s.deep('order', js({ ...ORDER, state: 'shipped' }))],
  ['deep items', (s) => s.deep('order.items', js([...ORDER.items, { sku: 'C-2', count: 4 }]))],
  ['subset', (s) => s.subset('order', js({ state: 'paid', currency: 'EUR' }))],
  ['missing field', (s) => s.has('order', 'shippedAt')],
  ['length', (s) => s.len('order.items', 3)],
  ['contains', (s) => s.contains('order.customer.name', "'Grace'")],
  ['matches', (s) => s.matches('order.currency', '/^US/')],
  ['undefined', (s) => s.eq('order.discount', '5')],
  ['null', (s) => s.eq('nothing', "'2026-01-01'")],
  ['boolean', (s) => s.truthy("order.state === 'shipped'")],
  ['less', (s) => s.less('order.total', 1000)],
  ['among', (s) => s.among('order.state', "['shipped', 'delivered']")],
  ['noted', (s, f) => (f.notes ? s.eqNoted('order.total', '4300', 'total of the order') : s.eq('order.total', '4300'))],
  [
    'noted words',
    (s, f) => (f.notes ? s.eqNoted('order.items.length', '0', 'the request timed out and left items') : s.len('order.items', 0)),
  ],
  [
    'schema',
    (s) =>
      `const validate = new Ajv().compile({ type: 'object', required: ['id', 'shippedAt'], properties: { id: { type: 'string' } } });\nvalidate(order);\n${s.deep('validate.errors', 'null')}`,
    "import AjvModule from 'ajv';\nconst Ajv = AjvModule.default ?? AjvModule;",
  ],
  ['schema thrown', () => 'z.object({ id: z.string(), shippedAt: z.string() }).parse(order);', "import { z } from 'zod';"],
  ['lines', (s) => s.eq('`${order.state}\\n${order.total}\\nthank you`', '`shipped\\n4200\\nthank you`')],
  ['status in words', (s) => s.eq('order.state', "'HTTP 200'")],
]);

const CRASHES = [
  ['undefined', 'const order = {};\nconst name = order.customer.name;'],
  ['not a function', 'const order = { items: 3 };\norder.items.map((item) => item.sku);'],
  ['reference', 'const total = orderTotal + 1;'],
  ['recursion', 'const deeper = () => deeper() + 1;\ndeeper();'],
  ['file', "const { readFileSync } = await import('node:fs');\nreadFileSync('fixtures/orders.json');"],
  [
    'port',
    "const server = nodeHttp.createServer();\nawait new Promise((resolve, reject) => { server.on('error', reject); server.listen(Number(new URL(BASE).port), '127.0.0.1', resolve); });",
  ],
  ['environment', "throw new Error('SHOP_URL is not set: see the README');"],
  ['module', "await import('left-pad-of-mine');"],
  ['relative module', "await import('./support/nowhere.mjs');"],
  ['url', "await fetch('orders/17');"],
  ['big', 'const list = new Array(-1);'],
  ['thrown text', "throw 'no more orders';"],
  ['json', 'JSON.parse(\'{ "a": \');'],
  ['permission', "const { writeFileSync } = await import('node:fs');\nwriteFileSync('/proc/version', 'x');"],
  ['fixture', 'throw new Error(\'fixture "customer" could not be created: there is no template\');'],
];
const FILE_CRASHES = /** @type {[string, (f: any) => string | undefined][]} */ ([
  ['missing module', (f) => `import { thing } from './support/missing-thing.mjs';\n${f.test('NAME', 'thing();')}`],
  ['missing package', (f) => `import thing from '@shop/fixtures';\n${f.test('NAME', 'thing();')}`],
  ['syntax', (f) => `${f.test('NAME', 'const a = { b: 1;')}`],
  ['export', (f) => `import { nothingLikeIt } from 'node:fs';\n${f.test('NAME', 'nothingLikeIt();')}`],
  ['top level', (f) => `throw new Error('the configuration could not be read');\n${f.test('NAME', '')}`],
  ['hook', (f) => (f.hook ? `${f.hook('const seed = undefined;\nseed.forEach((row) => row);')}\n${f.test('NAME', '')}` : undefined)],
  [
    'hook thrown',
    (f) => (f.hook ? `${f.hook("throw new Error('seed data is broken: row 3 has no id');")}\n${f.test('NAME', '')}` : undefined),
  ],
]);

/** All cases of the JavaScript frameworks: a sample of the product of framework, client and fault, drawn by the seed. */
export function javascriptCases(random, servers) {
  const cases = [];
  const behaviours = new Map();
  const add = (framework, facts) => {
    cases.push({
      id: `c${String(cases.length + 1).padStart(4, '0')}`,
      language: 'js',
      framework,
      name: nameOf(random),
      logs: innocentLogs(random),
      ...facts,
    });
  };
  const place = (behaviour) => {
    const path = pathOf(random);
    behaviours.set(path, behaviour);
    return path;
  };
  const record = (path, facts, method = 'GET') => ({ method, url: servers.http + path, status: null, durationMs: 15, ...facts });

  for (const framework of JS_FRAMEWORKS) {
    const f = FRAMEWORKS[framework];
    const s = f.style;
    const clients = Object.keys(CLIENTS).filter((name) => !CLIENTS[name].framework || CLIENTS[name].framework === framework);
    const asking = clients.filter((name) => !CLIENTS[name].only);
    const methodOf = () => random.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE']);
    const shape = () => random.pick(['problem', 'nest', 'detail', 'spring', 'coded', 'html', 'text', 'empty']);
    const jsonShape = () => random.pick(['problem', 'nest', 'spring']);

    // Statuses, asserted in each of the framework's ways.
    for (const [observed, expected] of STATUS_PAIRS) {
      const client = random.pick(asking);
      const c = CLIENTS[client];
      const method = methodOf();
      const own = random.chance(0.5) ? shape() : jsonShape();
      const path = place({ kind: 'status', status: observed, shape: own });
      const url = `BASE + ${js(path)}`;
      const requests = historyOf(random, servers.http, record(path, { status: observed }, method));
      const facts = { client, fault: `status ${observed}`, cls: classOfStatus(observed), requests, top: c.top };
      const plain = c.plain(url, method);
      const withBody = observed >= 400 && ['problem', 'nest', 'spring'].includes(own);
      const styles = [
        ['equal', `${plain}\n${s.eq(c.status, expected)}`],
        ['equal', `${plain}\n${s.eq(c.status, expected)}`],
        ['equal', `${plain}\n${s.eq(c.status, expected)}`],
        ['reversed', `${plain}\n${s.eq(expected, c.status)}`, framework !== 'node:test'],
        ['object', `${plain}\n${s.deep(`{ status: ${c.status}, path: ${js(path)} }`, `{ status: ${expected}, path: ${js(path)} }`)}`],
        [
          'sentence',
          `${plain}\nif (${c.status} !== ${expected}) throw new Error(${js(random.pick(STATUS_SENTENCES)(method, path, 'OBSERVED', expected)).replace('OBSERVED', `" + ${c.status} + "`)});`,
        ],
        ['string', `${plain}\n${s.eq(`'${method} ${path} -> ' + ${c.status}`, js(`${method} ${path} -> ${expected}`))}`],
        ...(f.notes
          ? [
              [
                'noted',
                `${plain}\n${s.eqNoted(c.status, expected, random.pick([`status of ${method} ${path}`, 'login should work', 'unexpected status', 'order was not created', 'response code']))}`,
              ],
            ]
          : []),
        ...(expected < 300
          ? [['among', `${plain}\n${s.among(c.status, '[200, 201]')}`, framework !== 'jest' && !chaiLike(framework)]]
          : []),
        ...(expected === 200 && observed >= 400 ? [['below', `${plain}\n${s.less(c.status, 400)}`, hidesOperands(framework)]] : []),
        ...(c.text && expected === 200 && observed >= 400 ? [['reason', `${plain}\n${s.eq(c.text, "'OK'")}`]] : []),
        ...(c.ok && expected < 300 && observed >= 400 ? [['ok', `${plain}\n${s.truthy(c.ok)}`, true]] : []),
        ...(c.expecting && (client !== 'playwright request' || (expected < 300 && observed >= 400))
          ? [
              ['client', c.expecting(url, method, expected)],
              ['client', c.expecting(url, method, expected)],
            ]
          : []),
        ...(withBody
          ? [
              ['body', `${plain}\n${s.deep(c.body, js(ORDER))}`],
              ['subset', `${plain}\n${s.subset(c.body, js({ id: 17, state: 'pending' }))}`],
            ]
          : []),
        ...(withBody ? [['field', `${plain}\n${s.eq(`${c.body}.state`, "'pending'")}`, true]] : []),
      ];
      const [style, code, hidden] = random.pick(styles);
      add(framework, { ...facts, style, code, hidden: hidden === true });
    }
    for (const client of clients.filter((name) => CLIENTS[name].only)) {
      for (const [observed, expected] of random.shuffled(STATUS_PAIRS).slice(0, 5)) {
        const path = place({ kind: 'status', status: observed, shape: shape() });
        const c = CLIENTS[client];
        add(framework, {
          client,
          fault: `status ${observed}`,
          style: 'client',
          cls: classOfStatus(observed),
          top: c.top,
          code: c.expecting(`BASE + ${js(path)}`, 'GET', expected),
          requests: [record(path, { status: observed })],
        });
      }
    }

    // Statuses that a client throws for, or the suite's own wrapper.
    for (const status of THROWN_STATUSES) {
      const client = random.pick(asking.filter((name) => CLIENTS[name].throwing));
      const method = methodOf();
      const path = place({ kind: 'status', status, shape: shape() });
      add(framework, {
        client,
        fault: `status ${status}`,
        style: 'thrown',
        cls: classOfStatus(status),
        top: CLIENTS[client].top,
        code: CLIENTS[client].throwing(`BASE + ${js(path)}`, method),
        requests: historyOf(random, servers.http, record(path, { status }, method)),
      });
      if (!random.chance(0.4)) continue;
      const other = place({ kind: 'status', status, shape: shape() });
      const wrapper = random.pick([
        'if (!res.ok) throw new Error(`${res.status} ${res.statusText}: ${await res.text()}`);',
        'if (!res.ok) throw new Error(`API call failed with ${res.status}: ${await res.text()}`);',
        'if (!res.ok) throw new Error(`Request to ${res.url} failed (${res.status} ${res.statusText})`);',
        'if (!res.ok) { const error = new Error((await res.text()) || res.statusText); error.name = "ApiError"; error.status = res.status; throw error; }',
      ]);
      add(framework, {
        client: 'fetch',
        fault: `status ${status}`,
        style: 'wrapper',
        cls: classOfStatus(status),
        hidden: wrapper.includes('ApiError'),
        code: `const res = await fetch(BASE + ${js(other)});\n${wrapper}`,
        requests: [record(other, { status })],
      });
    }

    // Data.
    for (const [fault, write, top] of DATA_FAULTS) {
      const path = place({ kind: 'status', status: 200 });
      const prepare = `const order = (await fetchJson(BASE + ${js(path)})).body;\nconst amountOf = (n) => n;\nconst wordOf = (word) => word;\nconst nothing = null;`;
      add(framework, {
        client: 'fetch',
        fault: `data: ${fault}`,
        style: 'data',
        cls: 'assertion',
        top,
        code: `${prepare}\n${write(s, f)}`,
        requests: historyOf(random, servers.http, record(path, { status: 200 })),
      });
    }

    // No answer.
    for (const fault of [
      'refused',
      'refused',
      'refused localhost',
      'dns',
      'reset',
      'reset',
      'hangup',
      'half',
      'self-signed',
      'tls to plain',
      'garbage',
    ]) {
      const client = random.pick(asking);
      const c = CLIENTS[client];
      const method = random.pick(['GET', 'POST']);
      const kind = { reset: 'reset', hangup: 'hangup', half: 'half', garbage: 'garbage' }[fault] ?? 'status';
      const path = place({ kind, status: 200 });
      const host =
        {
          refused: `'http://127.0.0.1:' + CLOSED`,
          'refused localhost': `'http://localhost:' + CLOSED`,
          dns: `'http://shop.invalid'`,
          'self-signed': 'HTTPS',
          'tls to plain': "BASE.replace('http', 'https')",
        }[fault] ?? 'BASE';
      const url = `${host} + ${js(path)}`;
      const code = c.relative ? c.plain(`BASE + ${js(path)}`, method).replace('BASE', host) : c.plain(url, method);
      const needsBody = fault === 'half' ? `\n${s.eq(`${c.body}.id`, 17)}` : '';
      const errno = {
        refused: 'ECONNREFUSED',
        'refused localhost': 'ECONNREFUSED',
        dns: 'ENOTFOUND',
        reset: 'ECONNRESET',
        hangup: 'ECONNRESET',
        half: 'ECONNRESET',
        'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
        'tls to plain': 'EPROTO',
        garbage: 'HPE_INVALID_CONSTANT',
      }[fault];
      add(framework, {
        client,
        fault: `network: ${fault}`,
        style: 'thrown',
        cls: 'network',
        top: c.top,
        code: code + needsBody,
        requests: historyOf(random, servers.http, record(path, { error: errno }, method)),
      });
    }

    // Too slow.
    for (const fault of ['client', 'client', 'client', 'stall', 'connect']) {
      const client = random.pick(asking.filter((name) => name !== 'chai-http'));
      const c = CLIENTS[client];
      const path = place({ kind: fault === 'stall' ? 'stall' : 'never' });
      const host = fault === 'connect' ? "'http://127.0.0.1:' + SILENT" : 'BASE';
      const code = c.relative
        ? c.plain(`BASE + ${js(path)}`, 'GET', 150).replace('BASE', host)
        : c.plain(`${host} + ${js(path)}`, 'GET', 150);
      if (fault === 'stall' && !/fetch|axios|got|undici|playwright/.test(client)) continue;
      add(framework, {
        client,
        fault: `timeout: ${fault}`,
        style: 'thrown',
        cls: 'timeout',
        top: c.top,
        limit: 4000,
        code: `${code}${fault === 'stall' ? `\n${s.eq(`${c.body}.id`, 17)}` : ''}`,
        requests: historyOf(
          random,
          servers.http,
          record(path, { error: random.pick(['ETIMEDOUT', 'TimeoutError', 'no answer within 150 ms']), durationMs: 150 }),
        ),
      });
    }
    if (f.endless !== false) {
      for (const fault of ['silent server', 'silent server', 'promise', 'sleep']) {
        const path = place({ kind: 'never' });
        const code = {
          'silent server': `await fetch(BASE + ${js(path)});`,
          promise: 'await new Promise(() => { setTimeout(() => {}, 900); });',
          sleep: 'await sleep(900);',
        }[fault];
        add(framework, {
          client: 'fetch',
          fault: `timeout: test, ${fault}`,
          style: 'test time-out',
          cls: 'timeout',
          limit: 250,
          code,
          requests: historyOf(
            random,
            servers.http,
            fault === 'silent server' ? record(path, { error: 'no answer', durationMs: 250 }) : undefined,
          ),
        });
      }
      for (let i = 0; i < 3; i += 1) {
        const path = pathOf(random);
        const line = random.pick([
          `connect ECONNREFUSED 127.0.0.1:${servers.closed}`,
          `fetch failed: connect ECONNREFUSED 127.0.0.1:${servers.closed}`,
          `not up yet: Error: connect ECONNREFUSED ::1:${servers.closed}`,
        ]);
        add(framework, {
          client: 'fetch',
          fault: 'network: test time-out while refused',
          style: 'test time-out',
          cls: 'network',
          limit: 250,
          hidden: true,
          logs: [line, line],
          code: `for (let i = 0; i < 20; i += 1) { try { await fetch('http://127.0.0.1:' + CLOSED + ${js(path)}); break; } catch (error) { console.log(${js(line)}); await sleep(60); } }`,
          requests: historyOf(random, servers.http, {
            method: 'GET',
            url: `http://127.0.0.1:${servers.closed}${path}`,
            status: null,
            error: 'ECONNREFUSED',
            durationMs: 1,
          }),
        });
      }
    }

    // Polls that ran out.
    /** @type {[string, string, object, string, (u: string) => string, string][]} */
    const polled = [
      ['wrong value', 'assertion', { kind: 'status', status: 200 }, 'BASE', (u) => `(await (await fetch(${u})).json()).state`, "'shipped'"],
      [
        'wrong count',
        'assertion',
        { kind: 'status', status: 200 },
        'BASE',
        (u) => `(await (await fetch(${u})).json()).items.length`,
        '404',
      ],
      ['status 503', 'server', { kind: 'status', status: 503 }, 'BASE', (u) => `(await fetch(${u})).status`, '200'],
      ['status 404', 'not_found', { kind: 'status', status: 404 }, 'BASE', (u) => `(await fetch(${u})).status`, '200'],
      ['refused', 'network', { kind: 'status', status: 200 }, "'http://127.0.0.1:' + CLOSED", (u) => `(await fetch(${u})).status`, '200'],
    ];
    for (const [fault, cls, behaviour, host, get, expected] of polled) {
      const path = place(behaviour);
      const value = get(`${host} + ${js(path)}`);
      const what = random.pick(['the order to be shipped', 'the list to fill', `GET ${path}`, 'the server']);
      const ways = [
        `await waitFor(async () => { const value = ${value}; return value === ${expected} || value; }, { what: ${js(what)} });`,
        `await eventually(async () => { const value = ${value}; ${fault === 'refused' ? '' : s.eq('value', expected)} });`,
        ...(f.polls
          ? [
              f.polls.value(`async () => ${value}`, expected),
              f.polls.value(`async () => ${value}`, expected),
              f.polls.block(s.eq(value, expected)),
            ]
          : []),
      ];
      const last = behaviour && fault !== 'refused' ? { status: behaviour.status } : { error: 'ECONNREFUSED' };
      const requests = historyOf(random, servers.http, {
        ...record(path, last),
        ...(fault === 'refused' && { url: `http://127.0.0.1:${servers.closed}${path}` }),
      });
      const code = ['tape', 'ava', 'uvu'].includes(framework) && !f.polls ? ways[0] : random.pick(ways);
      add(framework, { client: 'fetch', fault: `poll: ${fault}`, style: 'poll', cls, code, requests, hidden: fault.startsWith('status') });
    }

    // Crashes and set-up.
    for (const [fault, code] of CRASHES)
      add(framework, {
        client: 'none',
        fault: `crash: ${fault}`,
        style: 'thrown',
        cls: 'other',
        code,
        requests: random.chance(0.5) ? historyOf(random, servers.http, record(pathOf(random), { status: 200 })) : [],
      });
    for (const [fault, write] of FILE_CRASHES) {
      const file = write(f);
      if (file) add(framework, { client: 'none', fault: `set-up: ${fault}`, style: 'file', cls: 'other', file, requests: [] });
    }

    // Drivers: each framework meets a part of them.
    for (const driver of JS_DRIVERS) {
      for (const [fault, code] of random.shuffled(DRIVERS[driver].cases).slice(0, 3)) {
        if (/MY_PORT|MYPORT/.test(code) && !servers.environment.MY_PORT) continue;
        if (/REDIS_PORT/.test(code) && !servers.environment.REDIS_PORT) continue;
        add(framework, {
          client: driver,
          driver,
          fault: `database: ${fault}`,
          style: 'driver',
          cls: 'database',
          top: DRIVERS[driver].top,
          code,
          requests: random.chance(0.4)
            ? historyOf(random, servers.http, record(pathOf(random), { status: random.pick([200, 200, 201]) }))
            : [],
        });
      }
    }
  }
  return { cases, behaviours };
}

function hidesOperands(framework) {
  return ['node:test', 'ava', 'tape', 'uvu'].includes(framework);
}
function chaiLike(framework) {
  return ['mocha', 'vitest', 'playwright', 'jasmine'].includes(framework);
}

// --- running ---

function run(command, args, { cwd, env, limit = 150_000 }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ out, err, code });
    });
  });
}

const named = (c) => `${c.name} #${c.id}#`;

/** By client, as a project would have it; a driver's broken connection then ends one file at most. */
const fileOf = (c) => (c.file ? `own-${c.id}` : (c.driver ?? (c.client === 'none' ? 'local' : c.client)).replace(/\W/g, '-'));
const groupFiles = (cases) => [...new Set(cases.filter((c) => !c.file).map(fileOf))];

function writeFiles(framework, cases, folder) {
  const f = FRAMEWORKS[framework];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const extension = framework === 'playwright' ? 'spec.mjs' : 'test.mjs';
  const address =
    'const BASE = process.env.BASE;\nconst HTTPS = process.env.HTTPS;\nconst CLOSED = Number(process.env.CLOSED);\nconst SILENT = Number(process.env.SILENT);';
  const groups = new Map();
  for (const c of cases) {
    if (c.file) {
      writeFileSync(join(folder, `own-${c.id}.${extension}`), `${f.head}\n${c.file.replaceAll('"NAME"', js(named(c)))}\n${f.tail ?? ''}\n`);
      continue;
    }
    const key = fileOf(c);
    groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  for (const [key, members] of groups) {
    const tops = [...new Set(members.map((c) => c.top).filter(Boolean))].join('\n');
    const body = members
      .map((c) =>
        f.test(
          named(c),
          c.code
            .split('\n')
            .map((line) => `  ${line}`)
            .join('\n'),
          c.limit,
        ),
      )
      .join('\n\n');
    writeFileSync(join(folder, `${key}.${extension}`), `${f.head}\n${tops}\n${COMMON}\n${address}\n\n${body}\n${f.tail ?? ''}\n`);
  }
}

/** Splits what a runner printed at its headers; a chunk belongs to the case whose number stands in its first lines. */
export function chunksOf(output, header) {
  const chunks = new Map();
  const starts = [...output.matchAll(header)].map((match) => match.index);
  starts.forEach((start, i) => {
    const chunk = output.slice(start, starts[i + 1] ?? output.length);
    const id = /(?:#|own-)(c\d{4})/.exec(chunk.split('\n').slice(0, 4).join('\n'))?.[1];
    if (id && (chunks.get(id) ?? '').length < chunk.length) chunks.set(id, chunk);
  });
  return chunks;
}

const JEST_REPORTER = `
import { writeFileSync } from 'node:fs';
export default class {
  constructor() { this.found = []; }
  onTestResult(_test, result) {
    this.found.push({ file: result.testFilePath, chunk: result.failureMessage, tests: result.testResults.filter((t) => t.status === 'failed').map((t) => ({ name: t.title, messages: t.failureMessages })) });
  }
  onRunComplete() { writeFileSync(process.env.RESULTS, JSON.stringify(this.found)); }
}`;

/** Runs one framework's cases and gives, by case, the forms in which its failure was told: `message` (with a stack), `chunk` (the terminal's). */
export async function runJavascript(framework, cases, { work, environment }) {
  const folder = join(work, 'js', 'suites', framework.replace(/\W/g, '-'));
  writeFiles(framework, cases, folder);
  const bin = (name) => join(work, 'js', 'node_modules', '.bin', name);
  const results = join(folder, 'results.json');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    ...environment,
    RESULTS: results,
    CI: '1',
    FORCE_COLOR: '0',
    NODE_OPTIONS: framework === 'jest' ? '--experimental-vm-modules --no-warnings' : '--no-warnings',
  };
  const forms = new Map();
  const set = (id, key, value) => {
    if (id && value) forms.set(id, { ...forms.get(id), [key]: value });
  };
  const chunks = (text, header) => {
    for (const [id, chunk] of chunksOf(text, header)) set(id, 'chunk', chunk);
  };
  const idOf = (name) => /(?:#|own-)(c\d{4})/.exec(name)?.[1];
  // A runner that had to be ended has written none; what it printed until then counts.
  const told = () => (existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined);
  const go = (name, args) => run(bin(name), args, { cwd: folder, env });

  if (framework === 'jest') {
    writeFileSync(join(folder, 'reporter.mjs'), JEST_REPORTER);
    writeFileSync(
      join(folder, 'jest.config.mjs'),
      "export default { testMatch: ['**/*.test.mjs'], transform: {}, reporters: ['./reporter.mjs'], maxWorkers: 2, testEnvironment: 'node' };\n",
    );
    env.FORCE_COLOR = '1';
    await go('jest', ['--forceExit']);
    for (const file of told() ?? []) {
      for (const test of file.tests) set(idOf(test.name), 'message', test.messages[0]);
      if (file.chunk) {
        const own = idOf(file.file);
        if (own) set(own, 'chunk', file.chunk);
        else chunks(file.chunk, new RegExp(`^(?:${COLOUR}|\\s)*● `, 'gm'));
      }
    }
  } else if (framework === 'vitest') {
    writeFileSync(
      join(folder, 'vitest.config.mjs'),
      "export default { test: { include: ['**/*.test.mjs'], maxWorkers: 2, dangerouslyIgnoreUnhandledErrors: true } };\n",
    );
    const { out, err } = await go('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`]);
    for (const file of told()?.testResults ?? []) {
      for (const test of file.assertionResults) if (test.failureMessages?.length) set(idOf(test.title), 'message', test.failureMessages[0]);
      if (file.message) set(idOf(file.name), 'message', file.message);
    }
    for (const [id, chunk] of chunksOf(out + err, new RegExp(`^(?:${COLOUR})* ?FAIL `, 'gm'))) set(id, 'chunk', chunk);
  } else if (framework === 'playwright') {
    writeFileSync(
      join(folder, 'playwright.config.mjs'),
      "export default { testDir: '.', workers: 2, timeout: 8000, reporter: [['line'], ['json', { outputFile: process.env.RESULTS }]] };\n",
    );
    const { out } = await go('playwright', ['test', ...groupFiles(cases).map((name) => `${name}.spec.mjs`)]);
    const visit = (suite) => {
      for (const spec of suite.specs ?? [])
        for (const test of spec.tests)
          for (const result of test.results)
            if (result.error) {
              set(idOf(spec.title), 'ended', { status: result.status, errors: result.errors });
              set(
                idOf(spec.title),
                'message',
                [result.error.message, result.error.stack?.slice(result.error.message?.length ?? 0)].join(''),
              );
            }
      for (const child of suite.suites ?? []) visit(child);
    };
    (told()?.suites ?? []).forEach(visit);
    chunks(out, /^ {2}\d+\) /gm);
    // A file that cannot be loaded stops the whole run.
    for (const c of cases.filter((one) => one.file)) {
      const own = await go('playwright', ['test', `own-${c.id}.spec.mjs`]);
      set(c.id, 'chunk', (own.out + own.err).trim());
    }
  } else if (framework === 'node:test') {
    const tap = join(folder, 'tap.txt');
    const { out } = await run(
      process.execPath,
      [
        '--test',
        '--test-concurrency=2',
        '--test-force-exit',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        '--test-reporter=tap',
        `--test-reporter-destination=${tap}`,
      ],
      { cwd: folder, env },
    );
    chunks(out.slice(Math.max(0, out.indexOf('failing tests:'))), /^test at .*\n/gm);
    for (const [id, chunk] of chunksOf(readFileSync(tap, 'utf8'), /^ *not ok \d+ - /gm))
      set(id, 'message', chunk.split(/^ *# Subtest/m)[0]);
  } else if (framework === 'mocha') {
    const { out } = await go('mocha', ['--exit', '*.test.mjs', '--ignore', 'own-*', '--reporter', 'spec']);
    chunks(out.slice(Math.max(0, out.indexOf(' failing'))), /^ {2}\d+\) /gm);
    await go('mocha', ['--exit', '*.test.mjs', '--ignore', 'own-*', '--reporter', 'json', '--reporter-option', `output=${results}`]);
    for (const failure of told()?.failures ?? []) set(idOf(failure.title), 'message', failure.err.stack ?? failure.err.message);
    for (const c of cases.filter((one) => one.file)) {
      const own = await go('mocha', ['--exit', `own-${c.id}.test.mjs`]);
      if (!forms.has(c.id)) set(c.id, 'chunk', (own.out + own.err).trim());
    }
  } else if (framework === 'ava') {
    writeFileSync(join(folder, 'ava.config.mjs'), "export default { files: ['*.test.mjs'], concurrency: 2, timeout: '20s' };\n");
    writeFileSync(join(folder, 'package.json'), '{"name":"shop-tests","type":"module"}\n');
    const { out, err } = await go('ava', ['--no-worker-threads']);
    const tail = out + err;
    chunks(tail.slice(Math.max(0, tail.indexOf('─\n'))), /^ {2}(?=[^\s].*#c\d{4}#|[^\s].*own-c\d{4})/gm);
    const tap = await go('ava', ['--tap', '--no-worker-threads']);
    for (const [id, chunk] of chunksOf(tap.out, /^not ok \d+ - /gm)) set(id, 'message', chunk);
  } else if (framework === 'jasmine') {
    for (const file of new Set(cases.map(fileOf))) {
      const { out, err } = await go('jasmine', [`${file}.test.mjs`]);
      if (file.startsWith('own-')) set(file.slice(4), 'chunk', (out + err).trim());
      else chunks(out, /^\d+\) /gm);
    }
  } else {
    for (const file of new Set(cases.map(fileOf))) {
      const path = join(folder, `${file}.test.mjs`);
      const { out, err } = await run(process.execPath, [path], { cwd: folder, env, limit: 60_000 });
      if (file.startsWith('own-')) set(file.slice(4), 'chunk', (out + err).trim());
      else if (framework === 'tape') {
        for (const [id, chunk] of chunksOf(out, /^# /gm)) set(id, 'chunk', chunk);
        if (err)
          for (const c of cases.filter(
            (one) => !forms.has(one.id) && out.includes(`#${one.id}#`) && (one.client === file || one.driver === file),
          ))
            set(c.id, 'chunk', err);
      } else chunks(out, /^ {3}FAIL {2}/gm);
    }
  }
  return forms;
}
