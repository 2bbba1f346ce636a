import { createApplication } from './application';
import { openPool } from './database';
import { readSettings } from './settings';
import { resumeSettlements } from './settlement';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const pool = await openPool(settings.databaseUrl);
  await resumeSettlements(pool, settings);
  const server = createApplication(pool, settings).listen(settings.port, '127.0.0.1');
  server.on('error', (error) => {
    const taken = 'code' in error && error.code === 'EADDRINUSE';
    console.error(taken ? 'The port of payments is taken: set PAYMENTS_PORT to another one.' : error);
    process.exit(1);
  });
  const stop = (): void => {
    server.close(() => {
      pool.end().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
    server.closeAllConnections();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // Started by start.mjs: do not outlive it.
  process.once('disconnect', stop);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
