/** What a receipt is made of: plain values, since it is sent to another thread. */
export interface ReceiptOrder {
  readonly reference: string;
  readonly customer: string;
  readonly total: number;
  readonly placedAt: Date;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: number }[];
}

const WIDTH = 40;

/** Writes a receipt as text. */
export function writeReceipt(order: ReceiptOrder): string {
  const lines = order.lines.map(({ sku, quantity, price }) => row(`${quantity} × ${sku}`, money(quantity * price)));
  return [
    `Receipt for ${order.customer}`,
    `Order ${order.reference} of ${order.placedAt.toISOString().slice(0, 10)}`,
    '─'.repeat(WIDTH),
    ...lines,
    '─'.repeat(WIDTH),
    row('Total', money(order.total)),
    '',
  ].join('\n');
}

function row(left: string, right: string): string {
  return left.padEnd(WIDTH - right.length) + right;
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
