import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SETTINGS, type Settings } from '../settings';
import { type IdentifiedRequest, PUBLIC, ROLES, type Role } from './access';
import { readToken } from './token';

/** On every route: deny by default, let through what is @Public() or carries a token with one of the @Roles(). */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    const identity = scheme === 'Bearer' && token ? await readToken(token, this.settings.tokenSecret) : undefined;
    if (!identity) throw new UnauthorizedException('Log in first: the access token is missing, expired or not ours.');
    const roles = this.reflector.getAllAndOverride<Role[] | undefined>(ROLES, targets);
    if (roles && !roles.includes(identity.role)) throw new ForbiddenException(`Only for: ${roles.join(', ')}.`);
    request.identity = identity;
    return true;
  }
}
