import { PooledDataSourceFactory, type SessionFactory } from '@nestjs-resources/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { openDatabase } from './database.js';
import { ItemSchema } from './item.entity.js';

const ROUNDS = 9;
const POOL_SIZE = 10;
const CLIENTS = [1, 10, 100];
/** Milliseconds of each measurement. */
const DURATION = 400;
const RESAMPLES = 2_000;

type Work = () => Promise<unknown>;

/** One thing to do, in three ways. */
interface Case {
  readonly name: string;
  readonly stock: Work;
  readonly ours: Work;
  readonly session: Work;
}

/** TypeORM on our pool beside TypeORM on pg-pool: throughput, and what short sessions cost. */
export async function run(): Promise<void> {
  const database = await openDatabase();
  const options: DataSourceOptions = {
    type: 'postgres',
    url: database.url,
    entities: [ItemSchema],
    poolSize: POOL_SIZE,
  };
  const stock = await new DataSource({ ...options, dropSchema: true, synchronize: true }).initialize();
  const factory = new PooledDataSourceFactory();
  try {
    const sessions = await factory.createSessionFactory(options);
    await stock.query(`INSERT INTO bench_item (name) SELECT 'item ' || n FROM generate_series(1, 1000) n`);
    for (const each of casesOf(stock, sessions)) await compare(each);
    await shortSessions(sessions);
  } finally {
    await factory.close();
    await stock.destroy();
    await database.close();
  }
}

function casesOf(stock: DataSource, sessions: SessionFactory): Case[] {
  const ours = sessions.dataSource;
  const id = (): number => 1 + Math.floor(Math.random() * 1_000);
  const find = (source: DataSource): Work => {
    const repository = source.getRepository(ItemSchema);
    return () => repository.findOneBy({ id: id() });
  };
  const insert = (source: DataSource): Work => {
    const repository = source.getRepository(ItemSchema);
    return () => repository.insert({ name: 'new' });
  };
  const select = (source: DataSource): Work => {
    return () => source.query('SELECT 1');
  };
  const transaction = (source: DataSource): Work => {
    return () => source.transaction((tx) => tx.query('SELECT 1'));
  };
  return [
    {
      name: 'SELECT 1',
      stock: select(stock),
      ours: select(ours),
      session: () => sessions.run((tx) => tx.query('SELECT 1')),
    },
    {
      name: 'find by id',
      stock: find(stock),
      ours: find(ours),
      session: () => sessions.run((tx) => tx.getRepository(ItemSchema).findOneBy({ id: id() })),
    },
    {
      name: 'insert',
      stock: insert(stock),
      ours: insert(ours),
      session: () => sessions.run((tx) => tx.getRepository(ItemSchema).insert({ name: 'new' })),
    },
    {
      name: 'transaction',
      stock: transaction(stock),
      ours: transaction(ours),
      session: () => sessions.transaction((tx) => tx.query('SELECT 1')),
    },
  ];
}

async function compare({ name, stock, ours, session }: Case): Promise<void> {
  const lines = [
    '| clients | stock (ops/s) | ours | ratio, 95 % | session | ratio, 95 % |',
    '| ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const clients of CLIENTS) {
    const [a, b, c] = await interleaved([stock, ours, session], clients);
    const cells = [clients, median(a).toFixed(0), median(b).toFixed(0), ratio(b, a), median(c).toFixed(0), ratio(c, a)];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  process.stdout.write(`\n### ${name}, pool of ${POOL_SIZE}, ${ROUNDS} interleaved rounds\n\n${lines.join('\n')}\n`);
}

/** Operations per second of each, round by round, each round beginning with another one. */
async function interleaved(
  works: readonly [Work, Work, Work],
  clients: number,
): Promise<[number[], number[], number[]]> {
  const rates: [number[], number[], number[]] = [[], [], []];
  for (const work of works) await throughput(work, clients, DURATION / 2);
  for (let round = 0; round < ROUNDS; round++)
    for (let turn = 0; turn < works.length; turn++) {
      const index = (round + turn) % works.length;
      rates[index]?.push(await throughput(works[index] as Work, clients, DURATION));
    }
  return rates;
}

async function throughput(work: Work, clients: number, duration: number): Promise<number> {
  const began = performance.now();
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - began < duration) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (done * 1_000) / (performance.now() - began);
}

/** The ratio of the medians, and the interval in which 95 % of the ratios of resampled medians lie. */
function ratio(some: readonly number[], base: readonly number[]): string {
  const resampled = Array.from({ length: RESAMPLES }, () => median(resample(some)) / median(resample(base)));
  const sorted = resampled.toSorted((a, b) => a - b);
  const [low, high] = [0.025, 0.975].map((share) => sorted[Math.floor(RESAMPLES * share)]?.toFixed(2));
  return `${(median(some) / median(base)).toFixed(2)} (${low} to ${high})`;
}

function resample(values: readonly number[]): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)] as number);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

async function shortSessions(sessions: SessionFactory): Promise<void> {
  const began = performance.now();
  for (let n = 0; n < 10_000; n++) await sessions.run((tx) => tx.query('SELECT 1'));
  const took = performance.now() - began;
  const { active, opened } = sessions.getMetrics();
  process.stdout.write(
    `\n10,000 short sessions: ${took.toFixed(0)} ms; ${opened} opened so far, ${active} still open\n`,
  );
}
