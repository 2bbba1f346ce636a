import 'reflect-metadata';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import { ErrorsOut } from './errors-out';
import type { StoreTransport } from './event-server';

export interface ServiceOptions {
  readonly module: DynamicModule | Type;
  /** Where its published events come from; none for a service that only answers. */
  readonly transport?: StoreTransport;
  /** Where it listens; none for a service that only reacts. Port 0 takes a free one. */
  readonly http?: { readonly host: string; readonly port: number; readonly bodyLimitBytes: number };
  readonly logger: LoggerService | false;
}

export interface RunningService {
  /** e.g. http://127.0.0.1:4711; null without `http`. */
  readonly url: string | null;
  get<T>(token: Type<T> | string | symbol): T;
  /** Stops taking events and requests, lets what runs finish, then ends. */
  close(): Promise<void>;
}

/** Starts one Nest service: its module, its event transport and its HTTP door. The same in a process of its own and embedded with others. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { module, transport, http, logger } = options;
  if (!http && !transport) {
    const app = await NestFactory.createApplicationContext(module, { logger, abortOnError: false });
    return { url: null, get: (token) => app.get(token, { strict: false }), close: () => app.close() };
  }
  if (!http) {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, { strategy: transport, logger, abortOnError: false });
    app.useGlobalFilters(new ErrorsOut());
    await app.listen();
    return { url: null, get: (token) => app.get(token, { strict: false }), close: () => app.close() };
  }
  const app = await NestFactory.create<NestExpressApplication>(module, { logger, abortOnError: false, bodyParser: false });
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: http.bodyLimitBytes });
  app.useGlobalFilters(new ErrorsOut());
  if (transport) app.connectMicroservice<MicroserviceOptions>({ strategy: transport }, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(http.port, http.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://${http.host}:${port}`, get: (token) => app.get(token, { strict: false }), close: () => app.close() };
}
