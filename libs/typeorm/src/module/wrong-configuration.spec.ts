import { Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { ResourceModule } from '@nestjs-resources/nest';
import { TypeOrmResourceModule } from './typeorm-resource.module.js';

const boot = async (imports: NonNullable<ModuleMetadata['imports']>): Promise<string> => {
  const module = Test.createTestingModule({ imports }).compile();
  return module.then(
    () => 'booted',
    (error: Error) => error.message,
  );
};

@Module({})
class Empty {}

describe('an application with a database', () => {
  it('does not boot with a bad DATABASE_URL, and says so without the password', async () => {
    const text = await boot([
      ResourceModule.forRoot({}),
      TypeOrmResourceModule.forRoot({ type: 'postgres', url: 'user:hunter2@localhost/shop' }),
    ]);
    expect(text).toMatch(/^Data source 'database': url: must be like postgresql:/);
    expect(text).not.toContain('hunter2');
  });

  it('does not boot with options that cannot be', async () => {
    const useFactory = () => ({ type: 'postgres', url: 'postgres://localhost/x', pool: { maxSize: 0 } }) as const;
    const text = await boot([ResourceModule.forRoot({}), TypeOrmResourceModule.forRootAsync({ useFactory })]);
    expect(text).toMatch(/pool\.maxSize: must be a whole number/);
  });

  it('does not boot without ResourceModule, and says what is missing', async () => {
    const text = await boot([
      Empty,
      TypeOrmResourceModule.forRoot({ type: 'postgres', url: 'postgres://localhost/x' }),
    ]);
    expect(text).toMatch(/ResourceRegistry/);
  });

  it('does not boot with two data sources of one name', async () => {
    const database = TypeOrmResourceModule.forRoot({ type: 'postgres', url: 'postgres://localhost/x' });
    const again = TypeOrmResourceModule.forRoot({ type: 'postgres', url: 'postgres://localhost/y' });
    expect(await boot([ResourceModule.forRoot({}), database, again])).toMatch(/database/);
  });

  it('needs no server to boot', async () => {
    const database = TypeOrmResourceModule.forRoot({ type: 'postgres', url: 'postgres://127.0.0.1:1/x' });
    expect(await boot([ResourceModule.forRoot({}), database])).toBe('booted');
  });
});
