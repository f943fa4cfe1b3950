/** Tells the log of something that went wrong and mends itself; facts hold codes, counts and the error. */
export type Report = (code: string, facts: { readonly queue: string; readonly error: unknown }) => void;
