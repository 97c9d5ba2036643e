import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { ServiceProcess } from '../../src/demo/service-process.js';
import { startExample } from './example-service.js';

describe('the order service', () => {
  let service: ServiceProcess;
  beforeAll(async () => void (service = await startExample()), 30_000);
  afterAll(async () => void (await service.terminate()));

  let number = 0;
  const order = (lines: object[] = [{ sku: 'apple', quantity: 3 }], reference = `order-${number++}`): request.Test =>
    request(service.url).post('/orders').send({ reference, customer: 'Ada', lines });
  const placedId = async (): Promise<string> => ((await order()).body as { id: string }).id;

  describe('POST /orders', () => {
    it('places an order', async () => {
      const lines = [
        { sku: 'coffee', quantity: 1 },
        { sku: 'apple', quantity: 2 },
      ];
      const { status, body } = await order(lines);
      expect(status).toBe(201);
      expect(body).toMatchObject({ customer: 'Ada', total: 1_310, lines: [{ sku: 'apple' }, { sku: 'coffee' }] });
    });

    it('lists everything that is wrong with a body', async () => {
      const { status, body } = await request(service.url).post('/orders').send({ customer: '', lines: [] });
      expect(status).toBe(400);
      expect((body as { message: string[] }).message.join()).toMatch(/reference.*customer.*lines/);
    });

    it('refuses the same item twice', async () => {
      const apples = { sku: 'apple', quantity: 1 };
      expect((await order([apples, apples])).status).toBe(400);
    });

    it('places nothing when one item is out of stock', async () => {
      const available = 'SKU that nobody sells';
      const { status, body } = await order(
        [
          { sku: 'apple', quantity: 1 },
          { sku: available, quantity: 1 },
        ],
        'half-possible',
      );
      expect(status).toBe(409);
      expect(body).toMatchObject({ message: `There are not 1 of '${available}' in stock.` });
      expect((await order(undefined, 'half-possible')).status).toBe(201);
    });

    it('refuses to place the same order twice', async () => {
      await order(undefined, 'once');
      const { status, body } = await order(undefined, 'once');
      expect(status).toBe(409);
      expect(body).toMatchObject({ message: "The order 'once' was placed before." });
    });
  });

  describe('GET /orders', () => {
    it('lists the newest orders first', async () => {
      await order(undefined, 'newest');
      const { body } = await request(service.url).get('/orders').expect(200);
      expect((body as { reference: string }[])[0]?.reference).toBe('newest');
    });

    it('shows one with its lines', async () => {
      const id = await placedId();
      const { body } = await request(service.url).get(`/orders/${id}`).expect(200);
      expect(body).toMatchObject({ id, lines: [{ sku: 'apple', quantity: 3, price: 60 }], payment: null });
    });

    it('does not know every order', async () => {
      await request(service.url).get('/orders/6b2fb0b1-6c1e-4d0f-8a43-5a7d4b6f1f00').expect(404);
      await request(service.url).get('/orders/first').expect(400);
    });
  });

  describe('POST /orders/:id/pay', () => {
    it('pays, once however often it is asked', async () => {
      const id = await placedId();
      const first = await request(service.url).post(`/orders/${id}/pay`).expect(200);
      const second = await request(service.url).post(`/orders/${id}/pay`).expect(200);
      expect(first.body).toMatchObject({ orderId: id, amount: 180, status: 'paid' });
      expect(second.body).toMatchObject({ chargeId: (first.body as { chargeId: string }).chargeId });
    });

    it('does not pay what was not ordered', async () => {
      await request(service.url).post('/orders/6b2fb0b1-6c1e-4d0f-8a43-5a7d4b6f1f00/pay').expect(404);
    });
  });

  it('renders a receipt, in another thread', async () => {
    const { text, headers } = await request(service.url)
      .get(`/orders/${await placedId()}/receipt`)
      .expect(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/Receipt for Ada[^]*3 × apple +1\.80[^]*Total +1\.80/);
  });

  it('is healthy, in the words of Terminus', async () => {
    const { body } = await request(service.url).get('/health').expect(200);
    const up = { status: 'up' };
    expect(body).toMatchObject({ status: 'ok', details: { database: up, payments: up, receipts: up } });
  });

  it.each(['/livez', '/readyz', '/startupz'])('answers %s', async (probe) => {
    await request(service.url).get(probe).expect(200);
  });

  it('shows all its resources, and no password', async () => {
    const { text, body } = await request(service.url).get('/management/resources').expect(200);
    for (const name of ['database', 'receipts', 'payments', 'payment-retries']) expect(text).toContain(`"${name}"`);
    expect(JSON.stringify(body)).not.toMatch(/postgres(ql)?:\/\/[^*]*:[^*]+@/);
  });

  it('says how it is in the headers of each answer', async () => {
    const { headers } = await request(service.url).get('/orders');
    // The system itself may be short of breath where tests run.
    expect(headers['x-resource-health']).toMatch(/^(HEALTHY|DEGRADED)$/);
    expect(Number(headers['x-resource-count'])).toBeGreaterThanOrEqual(5);
  });
});

it('shows its management pages only to who has the token, if there is one', async () => {
  const service = await startExample({ MANAGEMENT_TOKEN: 'open sesame' });
  const asked = request(service.url);
  await asked.get('/management/resources').expect(403);
  await asked.get('/management/resources').set('authorization', 'Bearer open barley').expect(403);
  await asked.get('/management/resources').set('authorization', 'Bearer open sesame').expect(200);
  await service.terminate();
}, 30_000);
