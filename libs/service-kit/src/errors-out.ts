import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { DomainError, type Problem } from '@testimony/contracts';
import type { Response } from 'express';
import { throwError, type Observable } from 'rxjs';

/**
 * How errors leave a service. Over HTTP as problem+json, where what was not foreseen says nothing of its inside;
 * from an event handler as they are, since the transport keeps the message with the parked event.
 */
@Catch()
export class ErrorsOut implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() === 'rpc') return throwError(() => error);
    const problem = problemOf(error);
    if (problem.status >= 500) this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return void response.end();
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof DomainError) {
    return { type: `urn:testimony:${error.kind}`, title: error.kind.replaceAll('-', ' '), status: error.status, detail: error.message };
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  const detail = status < 500 && error instanceof Error ? error.message : 'The service met an error it did not foresee; its log says more.';
  return { type: 'about:blank', title: status < 500 ? 'request refused' : 'internal error', status, detail };
}

/** body-parser and other middleware mark their errors with a status (400 malformed JSON, 413 too large). */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
