/** What requests of Express and Fastify have in common, and what authentication usually adds. */
interface PersonRequest {
  readonly user?: unknown;
  readonly ip?: unknown;
  readonly socket?: { readonly remoteAddress?: unknown };
}

const NAMES = ['username', 'name', 'email', 'sub', 'id'];
const LONGEST = 200;

/** Who acts, for the audit event: the user that a guard has put on the request, else the address. */
export function personOf(request: unknown): string {
  const { user, ip, socket } = request as PersonRequest;
  return (nameOf(user) ?? nameOf(ip) ?? nameOf(socket?.remoteAddress) ?? 'unknown').slice(0, LONGEST);
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key of NAMES) {
    const name = (value as Record<string, unknown>)[key];
    if (typeof name === 'string' || typeof name === 'number') return String(name);
  }
  return undefined;
}
