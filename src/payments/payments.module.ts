import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { paymentGatewayUrlProvider } from './payment-gateway-url.provider.js';
import { PaymentGatewayClient } from './payment-gateway.client.js';
import { PaymentRetries } from './payment-retries.task.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsRepository } from './payments.repository.js';
import { PaymentsService } from './payments.service.js';

@Module({
  imports: [OrdersModule],
  controllers: [PaymentsController],
  providers: [paymentGatewayUrlProvider, PaymentGatewayClient, PaymentsRepository, PaymentsService, PaymentRetries],
})
export class PaymentsModule {}
