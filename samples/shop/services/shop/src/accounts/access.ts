import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';

export type Role = 'customer' | 'admin';

/** Who a request comes from, as its token says. */
export interface Identity {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
}

export interface IdentifiedRequest extends Request {
  identity?: Identity;
}

export const PUBLIC = 'access:public';
export const ROLES = 'access:roles';

/** Needs no token. Everything else does. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Only for these roles. */
export const Roles = (...roles: Role[]) => SetMetadata(ROLES, roles);

/** The identity behind the request. Only for handlers that are not public. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!identity) throw new Error('@Me() on a public handler');
  return identity;
});
