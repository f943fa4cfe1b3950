declare const brand: unique symbol;

/** A running database transaction; opaque: only files whose suffix says SQL may unwrap it with `sql(tx)`. */
export interface Transaction {
  readonly [brand]?: 'transaction';
  readonly brand: 'transaction';
}
