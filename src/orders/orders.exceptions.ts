import { ConflictException, NotFoundException } from '@nestjs/common';

export class OrderNotFoundException extends NotFoundException {
  constructor(id: string) {
    super(`There is no order ${id}.`);
  }
}

export class OutOfStockException extends ConflictException {
  constructor(sku: string, quantity: number) {
    super(`There are not ${quantity} of '${sku}' in stock.`);
  }
}

export class DuplicateOrderException extends ConflictException {
  constructor(reference: string) {
    super(`The order '${reference}' was placed before.`);
  }
}
