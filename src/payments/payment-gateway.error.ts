/** The payment gateway did not answer, or not as it should. Whether it has charged is unknown. */
export class PaymentGatewayError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PaymentGatewayError';
  }
}
