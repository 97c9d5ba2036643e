import { redact } from '../errors/redact.js';
import type { ResourceEvent } from '../resource/resource.js';

/** The record says these itself, or will when it stands for others. */
const WORDS_OF_THE_RECORD = [
  'sequence',
  'timestamp',
  'resource',
  'kind',
  'repeated',
  'repeatedSince',
  'ofEvent',
] as const;

/**
 * What an event tells beside its type, without secrets. A detail with a name that is a word of the record is no reason to lose
 * it: it is found under `ofEvent`.
 */
export function detailsOf(event: ResourceEvent): Record<string, unknown> {
  const { type: _type, ...details } = event;
  const shown = redact(details) as Record<string, unknown>;
  const taken = WORDS_OF_THE_RECORD.filter((word) => shown[word] !== undefined);
  if (taken.length === 0) return shown;
  const ofEvent = Object.fromEntries(taken.map((word) => [word, shown[word]]));
  const others = Object.entries(shown).filter(([name]) => !(name in ofEvent));
  return { ...Object.fromEntries(others), ofEvent };
}
