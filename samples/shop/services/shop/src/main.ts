import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { openDatabase } from './database/database';
import { readSettings } from './settings';
import { ShopModule } from './shop.module';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const database = await openDatabase(settings);
  const app = await NestFactory.create<NestExpressApplication>(ShopModule.with(settings, database), {
    logger: ['error', 'warn'],
    // The signature of a callback covers the bytes that were sent, not what they parse to.
    rawBody: true,
  });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.enableShutdownHooks();
  await app.listen(settings.port, '127.0.0.1');
  // Started by start.mjs: do not outlive it.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

main().catch((error: unknown) => {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  console.error(taken ? 'The port of the shop is taken: set SHOP_PORT to another one.' : error);
  process.exitCode = 1;
  process.disconnect?.();
});
