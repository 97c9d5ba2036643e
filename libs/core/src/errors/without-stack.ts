/** Frozen intrinsics make it read-only; then stacks are made as ever. */
const adjustable = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

/**
 * Makes an error without stack. For errors that are an ordinary answer and may be made thousands of times a second: the stack
 * costs several times as much as everything else.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  if (!adjustable) return make();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
