import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import { ResourceExceptionFilter, ResourceModule } from '@nestjs-resources/nest';
import { configuration, type Configuration } from './config/configuration.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { ManagementGuard } from './management/management.guard.js';
import { OrdersModule } from './orders/orders.module.js';
import { paymentsBreaker } from './payments/payments.breaker.js';
import { PaymentsModule } from './payments/payments.module.js';
import { receiptsPool } from './receipts/receipts.pool.js';
import { ReceiptsModule } from './receipts/receipts.module.js';

/** A small order service: what it shares, what it offers, and what holds for all of it. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [configuration] }),
    ResourceModule.forRootAsync({
      pools: ['receipts'],
      breakers: ['payments'],
      inject: [configuration.KEY],
      useFactory: (config: Configuration) => ({
        pools: { receipts: receiptsPool(config.receipts) },
        breakers: { payments: paymentsBreaker(config.payments) },
        shutdown: config.shutdown,
      }),
    }),
    ResourceMonitoringModule.forRoot({ guards: [ManagementGuard], headers: true }),
    DatabaseModule,
    OrdersModule,
    PaymentsModule,
    ReceiptsModule,
    HealthModule,
  ],
  providers: [
    { provide: APP_FILTER, useClass: ResourceExceptionFilter },
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
  ],
})
export class AppModule {}
