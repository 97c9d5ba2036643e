import { redactText, systemClock } from '@nestjs-resources/core';
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import type { SessionEvent } from './session-event.js';
import type { SlowQueryOptions } from './session.options.js';

/** What TypeORM tells of a statement. */
interface QueryFacts {
  readonly query: string;
  readonly queryRunner: QueryRunner;
  readonly success?: boolean;
  readonly executionTime?: number | undefined;
}

const LONGEST_TEXT = 1_000;

const labels = new WeakMap<object, string>();

/** Remembers how the session of a query runner is called. */
export function nameRunner(runner: object, label: string | undefined): void {
  if (label !== undefined) labels.set(runner, label);
}

/**
 * Tells of statements that take long, by what kind they are and, if asked to, by their text. Values never are told: neither
 * parameters nor literals.
 */
export class SlowQueries implements EntitySubscriberInterface {
  /** Of those under way. TypeORM does not tell how long a statement took that has failed. */
  private readonly begun = new WeakMap<object, number>();
  private readonly after: number;
  private readonly withText: boolean;

  constructor(
    { after = 1_000, text = false }: SlowQueryOptions,
    private readonly tell: (event: SessionEvent) => void,
  ) {
    this.after = after;
    this.withText = text;
  }

  beforeQuery({ queryRunner }: QueryFacts): void {
    this.begun.set(queryRunner, systemClock.now());
  }

  afterQuery({ query, queryRunner, success, executionTime }: QueryFacts): void {
    const took = executionTime ?? systemClock.now() - (this.begun.get(queryRunner) ?? Infinity);
    if (took < this.after) return;
    const label = labels.get(queryRunner);
    this.tell({
      type: 'session.query.slow',
      took,
      statement: kindOf(query),
      failed: success === false,
      ...(label !== undefined && { label }),
      ...(this.withText && { text: withoutLiterals(query) }),
    });
  }
}

function kindOf(query: string): string {
  return /^\W*(\w{1,20})/.exec(query)?.[1]?.toUpperCase() ?? 'UNKNOWN';
}

/** Texts and numbers that were written into the statement may be anybody's. Places of parameters stay. */
export function withoutLiterals(query: string): string {
  const bare = query
    .slice(0, 10 * LONGEST_TEXT)
    .replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replace(/\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/g, '?')
    .replace(/'(?:[^'\\]|''|\\.)*(?:'|$)/g, '?')
    .replace(/(?<![\w$."`])\d+(?:\.\d+)?\b/g, '?');
  return redactText(bare).slice(0, LONGEST_TEXT);
}
