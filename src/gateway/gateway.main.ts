/** The payment gateway of the example, in a process of its own. It ends with the service that forked it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createGateway } from './gateway.server.js';

const forked = process.send !== undefined;
process.once('disconnect', () => process.exit());
// The service may have ended before there was anybody to hear of it.
if (forked && !process.connected) process.exit();

const server = createGateway().listen(Number(process.env['GATEWAY_PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

// The callback takes the error of a channel that is closed by now.
if (forked) process.send?.({ url }, () => undefined);
else console.log(`The payment gateway listens on ${url}`);
