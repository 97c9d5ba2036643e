import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';

import { installConsumer } from '../support/consumer.js';
import { describeWith } from '../support/describe-with.js';
import { LifecycleProcess, type Line, type Platform } from '../support/lifecycle-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const nest11 = await installConsumer('nest-11', ['core', 'nest']);
const missing = typeof nest11 === 'string' ? nest11 : undefined;
const folder11 = typeof nest11 === 'string' ? undefined : nest11.folder;

/** What begins before the signal and has to be answered, and how it went. */
function askSlowly(platform: Platform, port: number): Promise<unknown> {
  if (platform !== 'microservice') {
    return new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path: '/slow' }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      });
      request.once('error', reject);
    });
  }
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  return lastValueFrom(client.send('slow', '')).finally(() => void client.close());
}

/** One line as one word: a hook of Nest, an event of ours, or what the server does. */
function wordsOf({ hook, type, resource, port, running, server, slow }: Line): string[] {
  if (typeof hook === 'string') return [`Nest: ${hook}`];
  if (typeof slow === 'string') return [`request ${slow}`];
  if (port !== undefined) return ['listens'];
  if (running !== undefined) return ['runs'];
  if (server !== undefined) return ['server closed'];
  if (typeof type !== 'string' || !STEP.test(type)) return [];
  return [typeof resource === 'string' ? `${type} ${resource}` : type];
}

const STEP = /^(application|resource\.(starting|started|closing|closed))/;

const START = [
  'resource.starting smtp',
  'resource.started smtp',
  'application.initialized',
  'Nest: onModuleInit',
  'application.ready',
  'Nest: onApplicationBootstrap',
];
const DRAIN = ['Nest: onModuleDestroy', 'application.draining', 'Nest: beforeApplicationShutdown'];
const STOP = ['Nest: onApplicationShutdown', 'resource.closing smtp', 'resource.closed smtp', 'application.stopped'];

/** Signalled while a request is under way; `served` is what happens to it. */
const ORDER: Readonly<Record<Platform, readonly string[]>> = {
  express: http(),
  fastify: http(),
  // Nest does not wait for messages under way; the readiness delay does.
  microservice: [...START, 'listens', 'request began', ...DRAIN, 'request ended', ...STOP],
  context: [...START, 'runs', ...DRAIN, ...STOP],
};

function http(): string[] {
  return [...START, 'listens', 'request began', ...DRAIN, 'request ended', 'server closed', ...STOP];
}

function phases(major: string, folder: () => string | undefined): void {
  it.each<Platform>(['express', 'fastify', 'microservice', 'context'])(
    'on %s: starts before it listens, serves while it drains, closes behind the server',
    async (platform) => {
      const shutdown = platform === 'microservice' ? { readinessDelay: 1_500 } : {};
      await using app = new LifecycleProcess({ platform, pools: ['smtp'], shutdown }, folder());
      let answer: Promise<unknown> = Promise.resolve('done');
      if (platform === 'context') await app.said({ running: true });
      else {
        answer = askSlowly(platform, await app.port());
        await app.said({ slow: 'began' });
      }
      app.signal('SIGTERM');
      expect(await answer).toBe('done');
      expect(await app.exited).toBe(0);
      expect(app.lines.find(({ nest }) => nest)?.['nest']).toMatch(new RegExp(`^${major}\\.`));
      expect(app.lines.flatMap(wordsOf)).toEqual(ORDER[platform]);
    },
    20_000,
  );

  it('rolls a failed start back, and says why', async () => {
    await using app = new LifecycleProcess(
      {
        resources: { dns: {}, db: { start: 'fail' } },
        registration: { db: { critical: true, dependsOn: ['dns'] } },
      },
      folder(),
    );
    expect(await app.exited).toBe(1);
    expect(app.lines).toContainEqual(expect.objectContaining({ failed: 'RESOURCE_START_FAILED' }));
    expect(app.lines).toContainEqual({ closed: 'dns' });
  }, 20_000);

  it('gives up a start when SIGTERM comes meanwhile, and ends with code 0', async () => {
    await using app = new LifecycleProcess(
      {
        resources: { dns: {}, db: { start: 'hang' } },
        registration: { db: { critical: true, dependsOn: ['dns'] } },
        shutdown: { timeout: 2_000 },
      },
      folder(),
    );
    await app.said({ type: 'resource.starting', resource: 'db' });
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.lines).toContainEqual({ closed: 'dns' });
    expect(app.events).not.toContain('application.ready');
  }, 20_000);
}

describe('the phases of an application on Nest 12', () => phases('12', () => undefined));

describeWith(missing, 'the phases of an application on Nest 11, installed as packages', () => {
  afterAll(async () => {
    if (typeof nest11 !== 'string') await nest11[Symbol.asyncDispose]();
  });

  phases('11', () => folder11);

  it('compiles against its types', async () => {
    const folder = folder11 as string;
    await writeFile(
      join(folder, 'consumer.ts'),
      `import { Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, type ConnectionPool, definePool, InjectPool, ManagedTask, ResourceModule } from '@nestjs-resources/nest';

class Settings { readonly size = 3; }

@Injectable()
export class Mail {
  constructor(@InjectPool('smtp') private readonly smtp: ConnectionPool<{ send(): Promise<string> }>) {}
  @CircuitBreaker('mail') async send(): Promise<string> { return this.smtp.use((client) => client.send()); }
  @ManagedTask() async beat({ signal }: { signal: AbortSignal }): Promise<void> { signal.throwIfAborted(); }
}

@Module({
  imports: [
    ResourceModule.forRootAsync({
      pools: ['smtp'], breakers: ['mail'], extraProviders: [Settings], inject: [Settings],
      useFactory: (settings) => ({
        pools: { smtp: definePool({ create: async () => ({ send: async () => 'sent' }), maxSize: settings.size }) },
        breakers: { mail: {} },
      }),
    }),
  ],
  providers: [Mail],
})
export class AppModule {}
`,
    );
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noEmit: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  }, 60_000);
});
