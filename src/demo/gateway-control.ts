import type { Charge, GatewayCounters, GatewayMode } from '../gateway/charge-ledger.js';

/** The switch and the books of the payment gateway, as its operator has them. */
export class GatewayControl {
  constructor(private readonly url: string) {}

  /** @param delay - milliseconds before each answer */
  async setMode(mode: GatewayMode, delay = 0): Promise<void> {
    await fetch(`${this.url}/mode`, { method: 'PUT', body: JSON.stringify({ mode, delay }) });
  }

  counters(): Promise<GatewayCounters> {
    return this.get('/counters');
  }

  charges(): Promise<Charge[]> {
    return this.get('/charges');
  }

  private async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }
}
