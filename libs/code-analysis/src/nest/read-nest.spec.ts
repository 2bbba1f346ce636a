import { readSource } from '../manifest/read-source';

const read = (files: Readonly<Record<string, string>>) =>
  readSource(
    Object.entries(files).map(([path, text]) => ({ path, text, sha256: '' })),
    'svc',
    'nestjs',
  );

const SERVICE = {
  'svc/src/main.ts': `
    import { NestFactory } from '@nestjs/core';
    import { VersioningType, RequestMethod } from '@nestjs/common';
    import { AppModule } from './app.module';
    const PREFIX = 'api';
    async function bootstrap() {
      const app = await NestFactory.create(AppModule);
      app.setGlobalPrefix(PREFIX, { exclude: [{ path: 'health', method: RequestMethod.GET }] });
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      await app.listen(process.env.PORT ?? 3000);
    }
    bootstrap();`,
  'svc/src/app.module.ts': `
    import { Module } from '@nestjs/common';
    import { RouterModule } from '@nestjs/core';
    import { ReportsModule } from './reports/reports.module';
    @Module({ imports: [ReportsModule, RouterModule.register([{ path: 'admin', module: ReportsModule }])] })
    export class AppModule {}`,
  'svc/src/reports/reports.module.ts': `
    import { Module } from '@nestjs/common';
    import { ReportsController } from './reports.controller';
    @Module({ controllers: [ReportsController] })
    export class ReportsModule {}`,
  'svc/src/reports/reports.controller.ts': `
    import { Controller, Get, VERSION_NEUTRAL } from '@nestjs/common';
    @Controller({ path: 'reports', version: VERSION_NEUTRAL })
    export class ReportsController { @Get('daily') daily() { return []; } }`,
  'svc/src/health.controller.ts': `
    import { Controller, Get, VERSION_NEUTRAL, Version } from '@nestjs/common';
    @Controller('health')
    export class HealthController { @Get() @Version(VERSION_NEUTRAL) check(): string { return 'ok'; } }`,
  'svc/src/role.ts': `export enum Role { Admin = 'admin', Clerk = 'clerk' }`,
  'svc/src/paths.ts': `export const PATHS = { orders: 'orders' } as const;`,
  'svc/src/dto.ts': `
    import { IsEmail, IsEnum, IsInt, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator';
    import { PartialType, OmitType, ApiProperty } from '@nestjs/swagger';
    import { Role } from './role';
    export class LineDto { @IsInt() @Min(1) @Max(99) quantity!: number; }
    export class CreateOrderDto {
      @IsEmail() email!: string;
      @Length(2, 40) @ApiProperty({ description: 'For the parcel' }) name!: string;
      @IsEnum(Role) role!: Role;
      @ValidateNested({ each: true }) lines!: LineDto[];
      @IsOptional() note?: string;
      gift = false;
      private secret = 1;
    }
    export class UpdateOrderDto extends PartialType(OmitType(CreateOrderDto, ['email'] as const)) {}
    export interface OrderView { id: string; total: number }`,
  'svc/src/orders.controller.ts': `
    import { Body, Controller, DefaultValuePipe, Delete, Get, Headers, Param, ParseIntPipe, Patch, Post, Query, UseGuards, Version } from '@nestjs/common';
    import { ApiOperation, ApiTags } from '@nestjs/swagger';
    import { AuthGuard } from '@nestjs/passport';
    import { CreateOrderDto, UpdateOrderDto, type OrderView } from './dto';
    import { PATHS } from './paths';
    import { Role } from './role';
    @ApiTags('orders')
    @Controller(PATHS.orders)
    @UseGuards(AuthGuard('jwt'), ThrottlerGuard)
    export class OrdersController {
      @Post()
      @ApiOperation({ summary: 'Places an order' })
      create(@Body() order: CreateOrderDto, @Headers('idempotency-key') key?: string): Promise<OrderView> { return null as never; }

      /** Lists
       * orders. */
      @Get(['', 'all']) @Public()
      list(@Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number, @Query('after') after: string): Promise<OrderView[]> { return null as never; }

      @Patch(':orderId') @Roles(Role.Admin, 'clerk') @Version('2')
      update(@Param('orderId', ParseIntPipe) id: number, @Body() change: UpdateOrderDto) {}

      @Delete(\`:orderId/lines/:line\`)
      remove(@Param() params: { orderId: string }) {}

      notAnEndpoint() {}
    }`,
};

const { endpoints, dtos, ports, variables, problems } = read(SERVICE);
const at = (text: string) => endpoints.find(({ method, full_path }) => `${method} ${full_path}` === text);

describe('a Nest service', () => {
  it('gives every endpoint with prefix, version, module path and controller path', () => {
    expect(endpoints.map(({ method, full_path }) => `${method} ${full_path}`).sort()).toEqual([
      'DELETE /api/v1/orders/{orderId}/lines/{line}',
      'GET /api/admin/reports/daily',
      'GET /api/v1/orders',
      'GET /api/v1/orders/all',
      'GET /health',
      'PATCH /api/v2/orders/{orderId}',
      'POST /api/v1/orders',
    ]);
    expect(problems).toEqual([]);
  });

  it('reads guards, roles (of an enum and as text) and what is open', () => {
    expect(at('POST /api/v1/orders')).toMatchObject({ requires_auth: true, auth_roles: [] });
    expect(at('GET /api/v1/orders')).toMatchObject({ requires_auth: false });
    expect(at('PATCH /api/v2/orders/{orderId}')).toMatchObject({ requires_auth: true, auth_roles: ['admin', 'clerk'] });
    expect(at('GET /api/admin/reports/daily')).toMatchObject({ requires_auth: false });
  });

  it('reads parameters with their places and whether they are required', () => {
    expect(at('GET /api/v1/orders')?.parameters).toEqual([
      { name: 'limit', param_type: 'number', location: 'query', required: false, dto_schema: null },
      { name: 'after', param_type: 'string', location: 'query', required: true, dto_schema: null },
    ]);
    expect(at('POST /api/v1/orders')?.parameters).toEqual([
      { name: 'order', param_type: 'CreateOrderDto', location: 'body', required: true, dto_schema: 'CreateOrderDto' },
      { name: 'idempotency-key', param_type: 'string', location: 'header', required: false, dto_schema: null },
    ]);
    expect(at('DELETE /api/v1/orders/{orderId}/lines/{line}')?.parameters.map(({ name, location }) => `${location} ${name}`)).toEqual([
      'path params',
      'path orderId',
      'path line',
    ]);
  });

  it('names place, description, tags and DTOs', () => {
    expect(at('POST /api/v1/orders')).toMatchObject({
      name: 'OrdersController.create',
      file_path: 'svc/src/orders.controller.ts',
      line_number: 14,
      description: 'Places an order',
      tags: ['orders'],
      request_dto: 'CreateOrderDto',
      response_dto: 'OrderView',
    });
    expect(at('GET /api/v1/orders')).toMatchObject({ description: 'Lists orders.', response_dto: 'OrderView[]' });
  });

  it('reads DTO fields with rules, and mapped types', () => {
    const fields = (name: string) =>
      dtos
        .find((dto) => dto.name === name)
        ?.fields.map((f) => `${f.name}${f.required ? '' : '?'}: ${f.field_type} [${f.validations.join(', ')}]`);
    expect(fields('CreateOrderDto')).toEqual([
      'email: string [email]',
      'name: string [min length 2, max length 40]',
      'role: Role [enum admin|clerk]',
      'lines: LineDto[] [nested]',
      'note?: string []',
      'gift?: boolean []',
    ]);
    expect(fields('UpdateOrderDto')?.map((field) => field.split(':')[0])).toEqual(['name?', 'role?', 'lines?', 'note?', 'gift?']);
    expect(fields('LineDto')).toEqual(['quantity: number [int, min 1, max 99]']);
    expect(fields('OrderView')).toEqual(['id: string []', 'total: number []']);
  });

  it('finds ports and environment variables', () => {
    expect(ports).toEqual([3000]);
    expect(variables).toEqual(['PORT']);
  });

  it('reads a guard that stands before everything', () => {
    const guarded = read({
      'svc/src/app.module.ts': `
        @Module({ providers: [{ provide: APP_GUARD, useClass: JwtAuthGuard }], controllers: [A] }) export class AppModule {}
        @Controller('a') export class A { @Get() closed() {} @Get('open') @Public() open() {} }`,
    });
    expect(guarded.endpoints.map(({ full_path, requires_auth }) => [full_path, requires_auth])).toEqual([
      ['/a', true],
      ['/a/open', false],
    ]);
  });

  it('reads the methods that a controller inherits', () => {
    const inherited = read({
      'svc/a.ts': `import { Crud } from './crud'; @Controller('a') export class A extends Crud { @Get() list() {} }`,
      'svc/crud.ts': `export abstract class Crud { @Get() list() {} @Get(':id') find(@Param('id') id: string) {} }`,
    });
    expect(inherited.endpoints.map(({ full_path, file_path }) => [full_path, file_path])).toEqual([
      ['/a', 'svc/a.ts'],
      ['/a/{id}', 'svc/crud.ts'],
    ]);
  });

  it('leaves a broken file out and says where it is broken', () => {
    const broken = read({
      'svc/a.ts': `@Controller('a') export class A { @Get() x() {} }`,
      'svc/b.ts': `@Controller('b')\nexport class B {\n  @Get( x() {}\n`,
    });
    expect(broken.endpoints.map(({ full_path }) => full_path)).toEqual(['/a']);
    expect(broken.problems).toEqual([expect.stringMatching(/^svc\/b\.ts:\d+: not read: /)]);
  });
});
