import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '@testimony/contracts';
import { verifyWorkerToken } from '@testimony/service-kit';
import { TOKEN_KEY } from '../tokens';

/** A worker's request after the guard let it in. */
export interface WorkerCall {
  readonly headers: { readonly authorization?: string };
  /** Of the token, so that a worker can reach no other execution. */
  executionId: string;
}

/** Lets in who holds a worker token of this installation that has not expired. */
@Injectable()
export class WorkerGuard implements CanActivate {
  constructor(@Inject(TOKEN_KEY) private readonly key: Buffer) {}

  canActivate(context: ExecutionContext): boolean {
    const call = context.switchToHttp().getRequest<WorkerCall>();
    const [scheme, token] = (call.headers.authorization ?? '').split(' ', 2);
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined) {
      throw new DomainError('worker-token-missing', 'A worker must send its token as `authorization: Bearer <token>`.', 401);
    }
    call.executionId = verifyWorkerToken(this.key, token, Date.now()).executionId;
    return true;
  }
}
