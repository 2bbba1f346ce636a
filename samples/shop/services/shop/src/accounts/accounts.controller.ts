import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { Database } from '../database/database';
import { SETTINGS, type Settings } from '../settings';
import { type Identity, Me, Public } from './access';
import { findAccount, logIn, register } from './accounts';
import { AccountDto, LoginDto, RegisterDto, TokenDto } from './accounts.dto';
import { issueToken } from './token';

const DEFAULT_TTL_SECONDS = 3600;

@Controller('auth')
export class AccountsController {
  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Opens an account with the role `customer`. */
  @Public()
  @Post('register')
  register(@Body() body: RegisterDto): Promise<AccountDto> {
    return register(this.database, body);
  }

  /** Answers an access token for the `Authorization: Bearer` header. */
  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: LoginDto): Promise<TokenDto> {
    const account = await logIn(this.database, body.email, body.password);
    const expiresInSeconds = body.ttlSeconds ?? DEFAULT_TTL_SECONDS;
    return { accessToken: await issueToken(account, expiresInSeconds, this.settings.tokenSecret), expiresInSeconds };
  }

  @Get('me')
  me(@Me() me: Identity): Promise<AccountDto> {
    return findAccount(this.database, me.id);
  }
}
