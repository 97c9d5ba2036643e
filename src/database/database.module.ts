import { Module } from '@nestjs/common';
import { TypeOrmResourceModule } from '@nestjs-resources/typeorm';
import { configuration } from '../config/configuration.js';
import { dataSourceOptions } from './data-source.options.js';
import { DatabaseUrlModule } from './database-url.module.js';
import { DATABASE_URL } from './database-url.provider.js';

@Module({
  imports: [
    TypeOrmResourceModule.forRootAsync({
      imports: [DatabaseUrlModule],
      inject: [DATABASE_URL, configuration.KEY],
      useFactory: dataSourceOptions,
    }),
  ],
})
export class DatabaseModule {}
