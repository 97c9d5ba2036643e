/** A thread that writes receipts: one for each message. */
import { parentPort } from 'node:worker_threads';
import { type ReceiptOrder, writeReceipt } from './receipt.js';

parentPort?.on('message', (order: ReceiptOrder) => parentPort?.postMessage(writeReceipt(order)));
parentPort?.postMessage('ready');
