import { ResourceError } from '@nestjs-resources/core';
import type { TransactionLevel } from './transaction-level.js';

/**
 * What becomes of a transaction that is asked for where there may be one already.
 *
 * | | inside of one | outside |
 * |---|---|---|
 * | `nested` | a savepoint in it | a new one |
 * | `required` | joins it | a new one |
 * | `requires new` | a new one, on a connection of its own | a new one |
 * | `supports` | joins it | runs without |
 * | `not supported` | runs without, on a connection of its own | runs without |
 * | `mandatory` | joins it | is refused |
 * | `never` | is refused | runs without |
 */
export type Propagation = 'nested' | 'required' | 'requires new' | 'supports' | 'not supported' | 'mandatory' | 'never';

/** Where work takes place. */
export type Place = 'savepoint' | 'joined' | 'new transaction' | 'no transaction';

/** There is a transaction, or none, against what was declared. Code `TRANSACTION_PROPAGATION`. */
export class PropagationError extends ResourceError {
  constructor(propagation: 'mandatory' | 'never') {
    super(
      propagation === 'mandatory'
        ? "A transaction is mandatory here, but none is open. Call this from within one, or use propagation 'required'."
        : "There must never be a transaction here, but one is open. Call this outside, or use propagation 'not supported'.",
      { code: 'TRANSACTION_PROPAGATION' },
    );
  }
}

/** @throws {PropagationError} */
export function placeOf(propagation: Propagation, level: TransactionLevel | undefined): Place {
  const inside = level !== undefined && level.depth > 0;
  switch (propagation) {
    case 'nested':
      return inside ? 'savepoint' : 'new transaction';
    case 'required':
      return inside ? 'joined' : 'new transaction';
    case 'requires new':
      return 'new transaction';
    case 'supports':
      return inside ? 'joined' : 'no transaction';
    case 'not supported':
      return 'no transaction';
    case 'mandatory':
      if (inside) return 'joined';
      throw new PropagationError('mandatory');
    case 'never':
      if (!inside) return 'no transaction';
      throw new PropagationError('never');
  }
}
