import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';

const CLIENTS = 50;
const REQUESTS = 2_000;
const ROUNDS = 9;
const PATHS = ['/constant', '/livez', '/readyz', '/management/health', '/terminus'] as const;

interface Figures {
  readonly median: number;
  readonly slowest: number;
}

/**
 * Probes beside a route that does nothing, with 50 clients, while a pool is saturated with waiters, a database refuses every
 * check and another check hangs. The server is a process of its own.
 */
export async function probes(): Promise<void> {
  const server = fork(new URL('./probe-server.js', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const port = await numberOf(server);
    const before = await asked(server);
    const began = performance.now();
    await compare(port);
    const seconds = (performance.now() - began) / 1_000;
    const checks = (await asked(server)) - before;
    process.stdout.write(
      `\nIn ${seconds.toFixed(0)} s and ${PATHS.length * (ROUNDS + 1) * REQUESTS} requests a check ran ${checks} times; its schedule is every 8 to 12 s.\n`,
    );
  } finally {
    server.send('end');
    await once(server, 'exit');
  }
}

async function numberOf(server: ChildProcess): Promise<number> {
  const [number] = (await once(server, 'message')) as [number];
  return number;
}

function asked(server: ChildProcess): Promise<number> {
  server.send('asked');
  return numberOf(server);
}

async function compare(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const rounds = new Map(PATHS.map((path) => [path, [] as Figures[]]));
  for (const path of PATHS) await load(port, path, agent);
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < PATHS.length; turn++) {
      const path = PATHS[(round + turn) % PATHS.length] ?? PATHS[0];
      rounds.get(path)?.push(await load(port, path, agent));
    }
  }
  agent.destroy();
  print(rounds);
}

/** All requests of one round, by clients that each send the next one when they have the answer. */
async function load(port: number, path: string, agent: Agent): Promise<Figures> {
  const times: number[] = [];
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left-- > 0) times.push(await ask(port, path, agent));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1] ?? 0, slowest: times[Math.ceil(times.length * 0.99) - 1] ?? 0 };
}

function ask(port: number, path: string, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(performance.now() - began));
    }).on('error', reject);
  });
}

function print(rounds: ReadonlyMap<string, readonly Figures[]>): void {
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const figures = [...rounds].map(([path, all]) => ({
    path,
    median: middle(all.map(({ median }) => median)),
    slowest: middle(all.map(({ slowest }) => slowest)),
  }));
  const base = figures[0];
  process.stdout.write(`\n### Probes with ${CLIENTS} clients (median of ${ROUNDS} rounds of ${REQUESTS})\n\n`);
  process.stdout.write('| | median (ms) | ratio | 99 % (ms) | ratio |\n| --- | ---: | ---: | ---: | ---: |\n');
  for (const { path, median, slowest } of figures) {
    const ratios = [median / (base?.median ?? 1), slowest / (base?.slowest ?? 1)].map((ratio) => ratio.toFixed(2));
    process.stdout.write(`| ${path} | ${median.toFixed(2)} | ${ratios[0]} | ${slowest.toFixed(2)} | ${ratios[1]} |\n`);
  }
}
