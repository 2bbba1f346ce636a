export { ErrorsOut, problemOf } from './errors-out';
export { StoreTransport, type StoreTransportOptions } from './event-server';
export { On } from './on';
export { EventContext, type ReceivedEvent } from './received-event';
export { startService, type RunningService, type ServiceOptions } from './start-service';
export { mintWorkerToken, verifyWorkerToken, type WorkerClaims } from './worker-token';
export { ZodPipe } from './zod-pipe';
