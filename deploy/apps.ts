/** The six applications: which compartments of personal data each may open, and who gives way to whom under load. */
export const COMPARTMENTS = {
  intake: ['contact', 'support', 'checks', 'equality'],
  vetting: ['checks'],
  matching: [],
  notification: ['contact'],
  coordination: ['need'],
  operations: [],
} as const satisfies Record<string, readonly string[]>;

export type AppName = keyof typeof COMPARTMENTS;
export const APPS = Object.keys(COMPARTMENTS) as AppName[];

/** The front door goes first: the back rooms run with lower priority. */
export const NICENESS: Record<AppName, number> = {
  intake: 0,
  coordination: 3,
  operations: 5,
  vetting: 8,
  matching: 8,
  notification: 8,
};
