import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { RowStream, type RowStreamHost } from './row-stream.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Notes what a stream wants of it, and gives what it is told to. */
class Host implements RowStreamHost {
  readonly log: string[] = [];
  lost = (): void => undefined;
  limited = (_reason: unknown): void => undefined;
  overdue = (_reason: unknown): void => undefined;
  free = (): void => undefined;

  judge(error: unknown): unknown {
    return new Error('judged', { cause: error });
  }

  onLost(listener: () => void): () => void {
    this.lost = listener;
    return () => this.log.push('heeds no loss');
  }

  onLimit(listener: (reason: unknown) => void): () => void {
    this.limited = listener;
    return () => this.log.push('heeds no limit');
  }

  onOverdue(listener: (reason: unknown) => void): () => void {
    this.overdue = listener;
    this.log.push('waits');
    return () => this.log.push('waits no more');
  }

  async end(_source: Readable, insist: boolean): Promise<void> {
    this.log.push(insist ? 'insists' : 'ends');
    await new Promise<void>((resolve) => (this.free = resolve));
  }
}

const opened = (): { host: Host; source: Readable; stream: RowStream; rows: unknown[]; errors: Error[] } => {
  const host = new Host();
  const source = new Readable({ objectMode: true, read: () => undefined });
  const stream = new RowStream(source, host);
  const rows: unknown[] = [];
  const errors: Error[] = [];
  stream.on('data', (row) => rows.push(row)).on('error', (error) => errors.push(error));
  return { host, source, stream, rows, errors };
};

describe('a stream of rows', () => {
  it('limits each wait for rows, not all of them together', async () => {
    const { host, source, rows } = opened();
    for (const row of [1, 2]) {
      await turn();
      source.push(row);
      await turn();
    }
    expect(rows).toEqual([1, 2]);
    expect(host.log).toEqual(['waits', 'waits no more', 'waits', 'waits no more', 'waits']);
  });

  it('waits for nothing any more when it has ended, and is closed when its connection is free', async () => {
    const { host, source, stream, errors } = opened();
    source.push(null);
    for (let n = 0; n < 3; n++) await turn();
    expect(host.log).toEqual(['waits', 'waits no more', 'heeds no loss', 'heeds no limit', 'ends']);
    expect(stream.closed).toBe(false);
    host.free();
    await turn();
    expect(stream.closed).toBe(true);
    expect(errors).toEqual([]);
  });

  it.each<[string, (host: Host) => void, string, object]>([
    ['its connection breaks', (host) => host.lost(), 'ends', { message: 'judged' }],
    ['its time is over', (host) => host.limited(new Error('late')), 'insists', { message: 'late' }],
    ['a wait is too long', (host) => host.overdue(new Error('slow')), 'insists', { message: 'slow' }],
  ])('fails when %s', async (_when, happens, how, error) => {
    const { host, errors } = opened();
    await turn();
    happens(host);
    await turn();
    expect(host.log).toContain(how);
    host.free();
    await turn();
    expect(errors).toMatchObject([error]);
  });

  it('tells what an error of the driver means', async () => {
    const { host, source, errors } = opened();
    source.emit('error', new Error('syntax'));
    await turn();
    host.free();
    await turn();
    expect(errors).toMatchObject([{ message: 'judged', cause: { message: 'syntax' } }]);
  });

  it('takes no more rows than are wanted', async () => {
    const source = Readable.from(Array.from({ length: 1_000 }, (_, n) => n));
    const stream = new RowStream(source, new Host());
    stream.read();
    for (let n = 0; n < 50; n++) await turn();
    expect(stream.readableLength).toBeLessThan(50);
    expect(source.isPaused()).toBe(true);
  });

  it('stops when it is told to, once it is closed', async () => {
    const { host, stream } = opened();
    const stopped = stream.stop();
    await turn();
    expect(host.log).toContain('insists');
    host.free();
    await stopped;
    expect(stream.closed).toBe(true);
    await stream.stop();
  });
});
