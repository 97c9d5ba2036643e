/** What Express' response and Fastify's reply have in common. */
export interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}
