import type { Answer } from '@app/http';

/** What a command answered, perhaps on an earlier try of the same request. */
export type Given<B> = Answer<B> & { readonly replayed: boolean };
