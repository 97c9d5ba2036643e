/** Refusals of one turn of the event loop that are told at once. */
const AT_ONCE = 100;

let told = 0;

/**
 * Tells a refusal, but not too many in one turn of the event loop. Whoever tries again at once and for ever, as in
 * `while (!ok) await query().catch(…)`, would stop timers, sockets and signals of the whole process, and with them whatever
 * could end the refusals: a promise that rejects at once leaves the event loop no turn.
 */
export async function paced<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (++told === 1) setImmediate(() => (told = 0));
    if (told > AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
    throw error;
  }
}
