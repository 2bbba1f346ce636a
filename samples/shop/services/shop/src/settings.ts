/** What the environment may set. The defaults are for a laptop: nothing of value is behind them. */
export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly paymentsUrl: string;
  readonly paymentsKey: string;
  /** Signs access tokens. */
  readonly tokenSecret: string;
  /** Shared with payments, which signs its callbacks with it. */
  readonly callbackSecret: string;
  readonly adminPassword: string;
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const databaseUrl = env['SHOP_DATABASE_URL'];
  if (!databaseUrl) throw new Error('SHOP_DATABASE_URL is not set: start the sample with `node start.mjs`, which sets it.');
  return {
    port: Number(env['SHOP_PORT'] ?? 4310),
    databaseUrl,
    paymentsUrl: env['PAYMENTS_URL'] ?? `http://127.0.0.1:${env['PAYMENTS_PORT'] ?? 4311}`,
    paymentsKey: env['PAYMENTS_API_KEY'] ?? 'demo-payments-key',
    tokenSecret: env['SHOP_TOKEN_SECRET'] ?? 'demo-token-secret-of-at-least-32-bytes',
    callbackSecret: env['CALLBACK_SECRET'] ?? 'demo-callback-secret',
    adminPassword: env['SHOP_ADMIN_PASSWORD'] ?? 'demo-admin-password',
  };
}

/** Injection token of `Settings`. */
export const SETTINGS = Symbol('Settings');
