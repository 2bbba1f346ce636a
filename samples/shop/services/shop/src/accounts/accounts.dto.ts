import { IsEmail, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import type { Role } from './access';

export class RegisterDto {
  @IsEmail()
  @MaxLength(200)
  email!: string;

  @IsString()
  @Length(10, 200)
  password!: string;

  @IsString()
  @Length(1, 100)
  name!: string;
}

export class LoginDto {
  @IsEmail()
  @MaxLength(200)
  email!: string;

  @IsString()
  @MaxLength(200)
  password!: string;

  /** How long the token shall be good for; an hour without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  ttlSeconds?: number;
}

export class AccountDto {
  id!: string;
  email!: string;
  name!: string;
  role!: Role;
}

export class TokenDto {
  accessToken!: string;
  expiresInSeconds!: number;
}
