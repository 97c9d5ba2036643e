import { describe, expect, it } from '@jest/globals';
import { type Place, placeOf, type Propagation } from './propagation.js';
import type { Session } from './session.js';
import { TransactionLevel } from './transaction-level.js';

const inside = new TransactionLevel({} as Session, 1);
const beside = new TransactionLevel({} as Session, 0);

const table: [Propagation, Place | 'refused', Place | 'refused'][] = [
  ['nested', 'savepoint', 'new transaction'],
  ['required', 'joined', 'new transaction'],
  ['requires new', 'new transaction', 'new transaction'],
  ['supports', 'joined', 'no transaction'],
  ['not supported', 'no transaction', 'no transaction'],
  ['mandatory', 'joined', 'refused'],
  ['never', 'refused', 'no transaction'],
];

const place = (propagation: Propagation, level: TransactionLevel | undefined): Place | 'refused' => {
  try {
    return placeOf(propagation, level);
  } catch (error) {
    expect(error).toMatchObject({ code: 'TRANSACTION_PROPAGATION' });
    return 'refused';
  }
};

describe('a transaction that is asked for', () => {
  it.each(table)('as %s is %s inside of one and %s outside', (propagation, within, outside) => {
    expect(place(propagation, inside)).toBe(within);
    expect(place(propagation, undefined)).toBe(outside);
    expect(place(propagation, beside)).toBe(outside);
  });
});
