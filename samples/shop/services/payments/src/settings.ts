/** What the environment may set. The defaults are for a laptop: nothing of value is behind them. */
export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  /** What a caller sends as `x-api-key`. */
  readonly apiKey: string;
  /** Shared with the receivers of callbacks, who check our signature with it. */
  readonly callbackSecret: string;
  /** How long the bank takes, from the fastest to the slowest answer. */
  readonly bankMs: { readonly fastest: number; readonly slowest: number };
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const databaseUrl = env['SHOP_DATABASE_URL'];
  if (!databaseUrl) throw new Error('SHOP_DATABASE_URL is not set: start the sample with `node start.mjs`, which sets it.');
  return {
    port: Number(env['PAYMENTS_PORT'] ?? 4311),
    databaseUrl,
    apiKey: env['PAYMENTS_API_KEY'] ?? 'demo-payments-key',
    callbackSecret: env['CALLBACK_SECRET'] ?? 'demo-callback-secret',
    bankMs: { fastest: Number(env['BANK_FASTEST_MS'] ?? 30), slowest: Number(env['BANK_SLOWEST_MS'] ?? 180) },
  };
}
