import { redactText } from './redact.js';

/**
 * What to say of an error of unknown origin inside one of our sentences: its text, redacted, of bounded length, and without a
 * full stop of its own.
 */
export function errorText(error: unknown): string {
  return redactText(readText(error)).replace(/\.$/, '');
}

/** Anything can be thrown, also what throws when it is looked at. */
function readText(error: unknown): string {
  try {
    return rawText(error);
  } catch {
    return 'an error that cannot be read';
  }
}

function rawText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error !== null && typeof error === 'object') {
    const { message, code, name } = error as { message?: unknown; code?: unknown; name?: unknown };
    // Node's AggregateError of a refused connection has an empty message and only a code.
    if (typeof message === 'string' && message !== '') return message;
    if (typeof code === 'string') return code;
    if (typeof name === 'string') return name;
    // `String()` fails for an object without prototype.
    return Object.prototype.toString.call(error);
  }
  return String(error);
}
