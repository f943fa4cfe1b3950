import { readFileSync } from 'node:fs';

/** What every server of the outside world is told at start. */
export interface Environment {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Where a browser finds us, behind the front: `http://localhost:4300`. */
  readonly origin: string;
}

export const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const optional = (name: string, otherwise: string): string => process.env[name] || otherwise;

export const wholeNumber = (name: string, otherwise?: number): number => {
  const text = process.env[name];
  if (!text && otherwise !== undefined) return otherwise;
  const value = Number(text);
  if (!text || !Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
};

/** A secret comes as a file, never as a value in the environment. */
export const secretOf = (name: string): string | null => {
  const file = process.env[name];
  return file ? readFileSync(file, 'utf8').trim() : null;
};

export const environment = (): Environment => ({
  port: wholeNumber('PORT'),
  host: optional('HOST', '127.0.0.1'),
  dataDir: required('DATA_DIR'),
  origin: required('ORIGIN').replace(/\/$/, ''),
});
