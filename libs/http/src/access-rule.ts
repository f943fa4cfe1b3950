/** Where a route's rule stands for libs/access; it is named here because libs/http has a public route of its own. */
export const ACCESS_RULE = Symbol.for('muster:access');
