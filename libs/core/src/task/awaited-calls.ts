let made = 0;

/** Those whose work is being done, by the name of their frame. */
const working = new Map<string | null, AwaitedCalls>();

/**
 * Knows which calls some work waits for. A task that stops itself must not wait for itself, and only the stack tells that the
 * one who stops it is its own work: V8 follows it across every `await`, `then` and `Promise.all`, so the work is given a frame
 * of its own to be found by.
 *
 * This is looked for when somebody stops a task, and costs nothing until then. An AsyncLocalStorage would find more (what the
 * callback of a timer does), but before Node 24 it makes every promise of the process dearer, for as long as the task runs.
 *
 * @see https://v8.dev/docs/stack-trace-api#async-stack-traces
 */
export class AwaitedCalls {
  /** Whether the work waits for somebody who is going to close its task, and is then on the stack no more. */
  includeClose = false;
  private readonly frame = `work of task ${++made}`;

  /** @param task - whose work it is */
  constructor(readonly task: object) {}

  /** Does `work` in its frame. */
  async during(work: () => void | PromiseLike<void>): Promise<void> {
    const { frame } = this;
    const framed: Record<string, () => Promise<void>> = {
      async [frame]() {
        await work();
      },
    };
    working.set(frame, this);
    await framed[frame]?.().finally(() => working.delete(frame));
  }

  /** Whether the work waits for the call that asks. */
  get includeThis(): boolean {
    return framesOfThisCall().includes(this.frame);
  }
}

/**
 * To be called by what closes tasks, when it is called itself: tells the work that waits for this call.
 *
 * @param closes - whether it is going to close a task
 */
export function noteWhoAwaitsClose(closes: (task: object) => boolean): void {
  if (working.size === 0) return;
  for (const frame of framesOfThisCall()) {
    const awaited = working.get(frame);
    if (awaited && closes(awaited.task)) awaited.includeClose = true;
  }
}

/** Names of the functions that are being called, or wait for one that is. */
function framesOfThisCall(): readonly (string | null)[] {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const names: (string | null)[] = [];
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (_error, calls) => names.push(...calls.map((call) => call.getFunctionName()));
  // Reading it is what prepares it.
  void new Error().stack;
  Error.stackTraceLimit = stackTraceLimit;
  if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare);
  else Reflect.deleteProperty(Error, 'prepareStackTrace');
  return names;
}
