import { z } from 'zod';

const line = z.strictObject({ sku: z.string().min(1), quantity: z.int().min(1).max(1_000) });

/** The body of `POST /orders`. */
export const placeOrderSchema = z.strictObject({
  reference: z.string().min(1).max(100),
  customer: z.string().min(1).max(100),
  lines: z
    .array(line)
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, 'each sku may appear once'),
});

export type PlaceOrder = z.infer<typeof placeOrderSchema>;
