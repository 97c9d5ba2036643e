import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { drainHttpServer, redactText } from '@nestjs-resources/nest';
import { configuration, type Configuration } from './config/configuration.js';
import { endOnFurtherSignals } from './further-signals.js';

/**
 * Loads, builds and starts an application, which then serves until a signal ends it. One that cannot start is explained in
 * one message, and the process ends with code 1.
 *
 * @param load - imports the root module, so that what its decorators refuse is explained like any other failure
 */
export async function startService(load: () => Promise<Type>): Promise<void> {
  try {
    await serve(await load());
  } catch (error) {
    if (wasAskedToStop(error)) return;
    console.error(`The service did not start. ${redactText((error as Error).message)}`);
    process.exit(1);
  }
}

async function serve(module: Type): Promise<void> {
  // Logs wait until the service serves: what they would say of a failed start is about to be explained in one message.
  const app = await NestFactory.create(module, { bufferLogs: true, autoFlushLogs: false, abortOnError: false });
  drainHttpServer(app);
  // By default Nest repeats the signal to itself, and the process would end with 143 instead of 0.
  app.enableShutdownHooks([], { useProcessExit: true });
  endOnFurtherSignals();
  const { host, port } = app.get<Configuration>(configuration.KEY).http;
  await app.listen(port, host);
  app.flushLogs();
  console.log(`The order service listens on ${await app.getUrl()}`);
}

/** A signal came while the service started. The shutdown is under way, and ends the process. */
function wasAskedToStop(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'APPLICATION_STOPPING';
}
