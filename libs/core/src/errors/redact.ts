const MASK = '***';
const LONGEST_TEXT = 2_000;
/** What is longer is not even read to its end. */
const LONGEST_READ = 50_000;
const DEEPEST = 8;
const MOST_ENTRIES = 200;

/** Names of keys whose value is a secret, wherever they stand: object keys, query strings, connection strings, headers. */
const SECRET_NAME = String.raw`[\w.-]*(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization|cookie|session[_-]?id|signature|dsn)s?`;

const SECRET_KEY = new RegExp(`^(?:${SECRET_NAME}|key|auth|connection[_-]?(?:string|uri|url)|database[_-]?url)$`, 'i');

/*
 * These texts are somebody else's, and may have been made to be slow. So each pattern begins only at the beginning of a run
 * of its letters (the lookbehinds), and none needs to look at a run twice: the time is linear in the length.
 */

/** `scheme://user:password@host`, as far as it has no space: passwords contain `@`, `:` and `/`. */
const URL = /(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/)([^\s"'`<>]+)/gi;

/** `name=value`, `name: value`, `"name":"value"`, `name='a value'`. */
const ASSIGNMENT = new RegExp(
  String.raw`(["']?(?<![\w.-])${SECRET_NAME}["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:(?:bearer|basic)\s+)?[^\s,;&"'})\]]+)`,
  'gi',
);

const AUTHORIZATION_SCHEME = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const DOTTED = /(?<![\w.-])[\w-]+(?:\.[\w-]*){2,}/g;

/**
 * Takes passwords, tokens and credentials out of a text and bounds its length. For everything that we render and that may
 * contain somebody else's words: messages, events, endpoints, logs.
 */
export function redactText(text: string): string {
  const clean = text
    .slice(0, LONGEST_READ)
    .replace(PRIVATE_KEY, MASK)
    .replace(URL, withoutCredentials)
    .replace(ASSIGNMENT, `$1${MASK}`)
    .replace(AUTHORIZATION_SCHEME, `$1 ${MASK}`)
    .replace(DOTTED, withoutToken);
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : clean;
}

function withoutCredentials(_url: string, scheme: string, rest: string): string {
  const end = rest.lastIndexOf('@');
  return end < 0 ? scheme + rest : `${scheme}${MASK}${rest.slice(end)}`;
}

/** A JSON web token is three dotted parts, of which the first is an encoded object: `{"` is `eyJ`. */
function withoutToken(dotted: string): string {
  return dotted.includes('eyJ') ? MASK : dotted;
}

/**
 * A copy of `value` that is safe to serialize: texts are redacted, values under a secret's name are masked, errors become
 * `{ name, code, message }` without stack, depth and breadth are bounded, cycles end. Somebody else's getter that throws is no
 * reason to fail.
 */
export function redact(value: unknown): unknown {
  try {
    return copy(value, 0, new Set());
  } catch {
    return { error: 'This cannot be read.' };
  }
}

/** Whether the value of a key with this name must not be shown. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

function copy(value: unknown, depth: number, parents: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value;
  if (depth >= DEEPEST || parents.has(value)) return '…';
  parents.add(value);
  const result = copyObject(value, depth + 1, parents);
  parents.delete(value);
  return result;
}

function copyObject(value: object, depth: number, parents: Set<object>): unknown {
  if (isError(value)) return copyError(value);
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((item) => copy(item, depth, parents));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  const entries =
    value instanceof Map ? [...value] : value instanceof Set ? [...value].entries() : Object.entries(value);
  const result: Record<string, unknown> = {};
  let left = MOST_ENTRIES;
  for (const [key, item] of entries) {
    if (left-- === 0) break;
    const name = redactText(String(key));
    Object.defineProperty(result, name, {
      value: isSecretKey(name) && item !== null && item !== undefined ? MASK : copy(item, depth, parents),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function copyError(error: Error & { code?: unknown }): object {
  const { name, message, code } = error;
  const shown = { name: redactText(String(name)), message: redactText(String(message)) };
  return typeof code === 'string' || typeof code === 'number' ? { ...shown, code } : shown;
}
