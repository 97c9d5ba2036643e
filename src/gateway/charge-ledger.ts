/** How the gateway answers: normally, with 503, after a delay, or not at all though it has charged. */
export const GATEWAY_MODES = ['ok', 'failing', 'slow', 'lossy'] as const;
export type GatewayMode = (typeof GATEWAY_MODES)[number];

/** Money that was moved. */
export interface Charge {
  readonly id: string;
  readonly orderId: string;
  /** In cents. */
  readonly amount: number;
}

export interface GatewayCounters {
  /** Requests to charge that reached the gateway, whatever became of them. */
  readonly calls: number;
  /** Charges made: a key that was seen before makes none. */
  readonly charges: number;
  /** Requests answered with the charge that their key had made before. */
  readonly replays: number;
  /** Requests refused because the gateway was failing. */
  readonly refusals: number;
  /** Requests that have been charged and not yet been answered. */
  readonly underWay: number;
}

/**
 * The gateway's books. One idempotency key moves money once, however often it is sent; a second key for the same order
 * would charge a second time, and the books would show it.
 */
export class ChargeLedger {
  private readonly charges = new Map<string, Charge>();
  private calls = 0;
  private replays = 0;
  private refusals = 0;
  private underWay = 0;

  refuse(): void {
    this.calls++;
    this.refusals++;
  }

  /** The request is under way until `answered()`. */
  charge(key: string, orderId: string, amount: number): Charge {
    this.calls++;
    this.underWay++;
    const known = this.charges.get(key);
    if (known) {
      this.replays++;
      return known;
    }
    const charge = { id: `ch_${this.charges.size + 1}`, orderId, amount };
    this.charges.set(key, charge);
    return charge;
  }

  answered(): void {
    this.underWay--;
  }

  list(): Charge[] {
    return [...this.charges.values()];
  }

  counters(): GatewayCounters {
    const { calls, replays, refusals, underWay } = this;
    return { calls, charges: this.charges.size, replays, refusals, underWay };
  }
}
