import { definePool, type PoolDefinition } from '@nestjs-resources/nest';
import type { Configuration } from '../config/configuration.js';
import { ReceiptRenderer, RendererDiedError } from './receipt-renderer.js';

/** The threads that render receipts: started when they are needed, at most as many as configured. */
export function receiptsPool({ workers }: Configuration['receipts']): PoolDefinition<ReceiptRenderer> {
  return definePool<ReceiptRenderer>({
    create: (context) => ReceiptRenderer.open(context),
    destroy: (renderer) => renderer.close(),
    destroyOnError: (error) => error instanceof RendererDiedError,
    maxSize: workers,
  });
}
