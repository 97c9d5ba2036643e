import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Placeholder until the order service moves in: an empty application that starts and shuts down cleanly. */
@Module({})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(process.env['PORT'] ?? 3000);
