import { ConflictException, UnauthorizedException } from '@nestjs/common';
import type { Database } from '../database/database';
import type { Role } from './access';
import type { AccountDto, RegisterDto } from './accounts.dto';
import { hashPassword, passwordMatches } from './password';

interface CustomerRow {
  id: string;
  email: string;
  name: string;
  role: Role;
  password_hash: string;
}

function accountOf({ id, email, name, role }: CustomerRow): AccountDto {
  return { id, email, name, role };
}

/** The unique index decides, so that two registrations at the same moment cannot both win. */
export async function register(database: Database, { email, password, name }: RegisterDto): Promise<AccountDto> {
  const [customer] = await database.rows<CustomerRow>(
    'insert into customers (email, name, password_hash) values ($1, $2, $3) on conflict (email) do nothing returning *',
    [email.toLowerCase(), name, await hashPassword(password)],
  );
  if (!customer) throw new ConflictException('This e-mail address has an account already.');
  return accountOf(customer);
}

/** A hash nobody has the password of: an unknown address must cost as long as a wrong password. */
const NOBODY = `${'00'.repeat(16)}:${'00'.repeat(32)}`;

export async function logIn(database: Database, email: string, password: string): Promise<AccountDto> {
  const [customer] = await database.rows<CustomerRow>('select * from customers where email = $1', [email.toLowerCase()]);
  const matches = await passwordMatches(password, customer?.password_hash ?? NOBODY);
  if (!customer || !matches) throw new UnauthorizedException('The e-mail address or the password is wrong.');
  return accountOf(customer);
}

export async function findAccount(database: Database, id: string): Promise<AccountDto> {
  const [customer] = await database.rows<CustomerRow>('select * from customers where id = $1', [id]);
  if (!customer) throw new UnauthorizedException('This account is gone.');
  return accountOf(customer);
}
