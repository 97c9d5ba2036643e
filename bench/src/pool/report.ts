import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** One line of the table of targets. */
export interface Verdict {
  readonly case: string;
  readonly ours: string;
  readonly fastestPeer: string;
  readonly figure: number;
  readonly target: string;
  readonly reached: boolean;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function print(title: string, text: string): void {
  process.stdout.write(`\n### ${title}\n\n${text}\n`);
}

/** Where and with what it was measured. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, Node ${process.version}, ${process.platform}`;
}

/** Keeps the figures for later comparison. The folder is not under version control. */
export function keep(name: string, figures: object): void {
  const folder = new URL('../../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString();
  writeFileSync(
    new URL(`${name}.json`, folder),
    JSON.stringify({ date, machine: machine(), ...figures }, undefined, 2),
  );
}
