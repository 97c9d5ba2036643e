import { Socket } from 'node:net';

/** What a socket was opened for. */
type Purpose = 'connection' | 'cancellation';

interface Change {
  readonly socket: Socket;
  readonly by: 1 | -1;
}

/** PostgreSQL's cancel request: its length and its code. */
const CANCEL_REQUEST = Buffer.from([0, 0, 0, 16, 4, 210, 22, 46]);

/**
 * Notes each socket that this process opens to a port, from the call of `connect` to the call of `destroy` or the end: how
 * many there were at every instant can be said afterwards.
 */
export class ClientSockets {
  private readonly changes: Change[] = [];
  private readonly cancellations = new Set<Socket>();
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was
  private readonly connect = Socket.prototype.connect;

  constructor(private readonly port: number) {
    const concerned = (parameters: unknown[]): boolean => portOf(parameters) === this.port;
    const note = (socket: Socket, parameters: unknown[]): void => {
      if (concerned(parameters)) this.note(socket);
    };
    const listen = (socket: Socket, parameters: unknown[]): void => {
      if (concerned(parameters)) this.listen(socket);
    };
    const { connect } = this;
    Socket.prototype.connect = function (this: Socket, ...parameters: unknown[]) {
      note(this, parameters);
      Reflect.apply(connect, this, parameters);
      // `connect` puts its own `write` in place.
      listen(this, parameters);
      return this;
    };
  }

  /** How many are open now. */
  get open(): number {
    return this.changes.reduce((sum, { by }) => sum + by, 0);
  }

  /** The most that were open at one instant, cancellations not counted. */
  get most(): number {
    return this.mostOf('connection');
  }

  /** The most cancellations that were under way at one instant. */
  get mostCancellations(): number {
    return this.mostOf('cancellation');
  }

  stop(): void {
    Socket.prototype.connect = this.connect;
  }

  private mostOf(purpose: Purpose): number {
    let now = 0;
    let most = 0;
    for (const { socket, by } of this.changes) {
      if (this.cancellations.has(socket) !== (purpose === 'cancellation')) continue;
      most = Math.max(most, (now += by));
    }
    return most;
  }

  private note(socket: Socket): void {
    this.changes.push({ socket, by: 1 });
    let over = false;
    const end = (): void => {
      if (!over) this.changes.push({ socket, by: -1 });
      over = true;
    };
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error) => {
      end();
      return destroy(error);
    };
    socket.once('close', end);
  }

  private listen(socket: Socket): void {
    const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
    socket.write = ((...parameters: [Buffer]) => {
      if (cancels(parameters[0])) this.cancellations.add(socket);
      return write(...parameters);
    }) as Socket['write'];
  }
}

function cancels(chunk: Buffer | string): boolean {
  const bytes = Buffer.from(chunk as Buffer);
  return bytes.subarray(0, 8).equals(CANCEL_REQUEST) || bytes.includes('KILL QUERY');
}

/** `connect(port, host)`, `connect({ port })`, or what `net.connect` makes of either. */
function portOf([first]: unknown[]): number | undefined {
  if (Array.isArray(first)) return portOf(first);
  if (typeof first === 'number') return first;
  const { port } = (first ?? {}) as { port?: number | string };
  return port === undefined ? undefined : Number(port);
}
