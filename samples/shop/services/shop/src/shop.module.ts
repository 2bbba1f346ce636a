import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccountsController } from './accounts/accounts.controller';
import { AuthGuard } from './accounts/auth.guard';
import { CartController } from './cart/cart.controller';
import { CouponsController } from './catalogue/coupons.controller';
import { ProductsController } from './catalogue/products.controller';
import { Database } from './database/database';
import { HealthController } from './health/health.controller';
import { OrdersController } from './orders/orders.controller';
import { PaymentCallbackController } from './orders/payment-callback.controller';
import { PaymentsClient } from './orders/payments-client';
import { ReportsController } from './reports/reports.controller';
import { SETTINGS, type Settings } from './settings';

@Module({})
export class ShopModule {
  static with(settings: Settings, database: Database): DynamicModule {
    return {
      module: ShopModule,
      controllers: [
        HealthController,
        AccountsController,
        ProductsController,
        CouponsController,
        CartController,
        OrdersController,
        PaymentCallbackController,
        ReportsController,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: Database, useValue: database },
        { provide: PaymentsClient, useValue: new PaymentsClient(settings) },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
    };
  }
}
