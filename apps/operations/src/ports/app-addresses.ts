import { z } from 'zod';

/** One admin listener; an app with several instances stands here several times. */
export interface AppAddress {
  readonly app: string;
  readonly url: string;
}

/** `intake=http://127.0.0.1:4411,vetting=http://…` */
const Addresses = z.string().transform((text, context): AppAddress[] =>
  text
    .split(',')
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const [, app, url] = /^\s*([a-z]+)=(https?:\/\/[^\s,]+)\s*$/.exec(part) ?? [];
      if (app && url) return [{ app, url }];
      context.addIssue({ code: 'custom', message: 'is a list of app=url' });
      return [];
    }),
);

export const OperationsConfig = z.object({ OPERATOR_URLS: Addresses });
export type OperationsConfig = z.infer<typeof OperationsConfig> & { MUSTER_ORIGIN: string; SECRETS_DIR: string };
