import { createHash, randomBytes } from 'node:crypto';

/** 128 random bits; whoever holds it may look. */
export const mintToken = (): string => randomBytes(16).toString('base64url');

const TOKEN = /^[A-Za-z0-9_-]{22}$/;
export const isToken = (text: string): boolean => TOKEN.test(text);

/** Only the hash is stored; the token is random, so a plain hash cannot be turned back. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();
