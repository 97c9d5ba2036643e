import type { ServerResponse } from 'node:http';
import { Controller, HttpStatus, Param, ParseUUIDPipe, Post, Res } from '@nestjs/common';
import type { Payment } from './payment.entity.js';
import { PaymentsService } from './payments.service.js';

@Controller('orders/:id/pay')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  /** 200 when the order is paid; 202 when it will be. */
  @Post()
  async pay(
    @Param('id', ParseUUIDPipe) id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Payment> {
    const payment = await this.payments.pay(id);
    response.statusCode = payment.status === 'paid' ? HttpStatus.OK : HttpStatus.ACCEPTED;
    return payment;
  }
}
