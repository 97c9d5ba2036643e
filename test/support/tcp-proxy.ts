import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One client and what it is connected to. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the server knows the client by. */
  port: number | undefined;
}

/** How the network is. */
type Condition = 'whole' | 'cut' | 'stalled';

/** A network between an application and a server, that can be cut, stalled and left half open. */
export class TcpProxy {
  /** Ports under which the server knows clients that are gone because of what was done here. */
  readonly orphans = new Set<number>();
  private readonly pairs = new Set<Pair>();
  private readonly clients = new Set<Socket>();
  private condition: Condition = 'whole';

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.accept(client));
  }

  /** @param target - port of the server on this machine */
  static async start(target: number): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new TcpProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Breaks all connections and refuses new ones, until {@link restore}. */
  cut(): void {
    this.condition = 'cut';
    for (const pair of this.pairs) this.drop(pair);
  }

  /** Connections stay, new ones too, and nothing goes through, until {@link restore}. */
  stall(): void {
    this.condition = 'stalled';
    for (const { client, server } of this.pairs) for (const socket of [client, server]) socket.unpipe().pause();
  }

  /** The server loses its clients, who are told nothing. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      this.orphan(pair);
      pair.client.unpipe().resume();
      pair.server.unpipe().resetAndDestroy();
    }
  }

  restore(): void {
    this.condition = 'whole';
    for (const { client, server } of this.pairs) join(client, server);
  }

  async stop(): Promise<void> {
    this.listener.close();
    for (const pair of this.pairs) this.drop(pair);
    for (const client of this.clients) client.destroy();
    await once(this.listener, 'close');
  }

  private accept(client: Socket): void {
    if (this.condition === 'cut') return void client.resetAndDestroy();
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { client, server, port: undefined };
    this.pairs.add(pair);
    this.clients.add(client);
    client.once('close', () => this.clients.delete(client));
    server.on('connect', () => (pair.port = server.localPort));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      // Whatever breaks one side, breaks the other.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (this.condition !== 'whole') this.orphan(pair);
        this.pairs.delete(pair);
        if (!this.orphans.has(pair.port ?? 0)) other.destroy();
      });
    }
    if (this.condition === 'whole') join(client, server);
  }

  private drop(pair: Pair): void {
    this.orphan(pair);
    for (const socket of [pair.client, pair.server]) socket.resetAndDestroy();
  }

  private orphan({ port }: Pair): void {
    if (port !== undefined) this.orphans.add(port);
  }
}

function join(client: Socket, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
}
