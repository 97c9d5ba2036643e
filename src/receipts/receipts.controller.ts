import { Controller, Get, Header, Param, ParseUUIDPipe } from '@nestjs/common';
import { ReceiptsService } from './receipts.service.js';

@Controller('orders/:id/receipt')
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  receipt(@Param('id', ParseUUIDPipe) id: string): Promise<string> {
    return this.receipts.receiptOf(id);
  }
}
