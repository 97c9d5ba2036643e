import { Module } from '@nestjs/common';
import { DATABASE_URL, databaseUrlProvider } from './database-url.provider.js';

@Module({ providers: [databaseUrlProvider], exports: [DATABASE_URL] })
export class DatabaseUrlModule {}
