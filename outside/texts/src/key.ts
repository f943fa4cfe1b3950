import { jwtVerify } from 'jose';

/** `name-<service uuid>-<secret uuid>`: the last 73 characters matter, as every Notify client reads it. */
export interface ApiKey {
  readonly serviceId: string;
  readonly secret: Uint8Array;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const KEY = new RegExp(`(${UUID})-(${UUID})$`, 'i');

export const apiKey = (text: string): ApiKey => {
  const [, serviceId, secret] = KEY.exec(text.trim()) ?? [];
  if (!serviceId || !secret) throw new Error('the API key must end in <service uuid>-<secret uuid>');
  return { serviceId, secret: new TextEncoder().encode(secret) };
};

export type Refusal = { readonly status: 401 | 403; readonly message: string };

const CLOCK_SECONDS = 30;

/** Checks the token of one request; null = let in. */
export const refusalOf = async (authorization: string | undefined, key: ApiKey, now: Date): Promise<Refusal | null> => {
  if (!authorization) return { status: 401, message: 'Unauthorized: authentication token must be provided' };
  const [scheme, token] = authorization.split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token)
    return { status: 401, message: 'Unauthorized: authentication bearer scheme must be used' };
  try {
    const { payload } = await jwtVerify(token, key.secret, { algorithms: ['HS256'], currentDate: now });
    if (payload.iss !== key.serviceId) return { status: 403, message: 'Invalid token: service not found' };
    if (typeof payload.iat !== 'number') return { status: 403, message: 'Invalid token: iat field not provided' };
    if (Math.abs(now.getTime() / 1000 - payload.iat) > CLOCK_SECONDS)
      return { status: 403, message: 'Error: Your system clock must be accurate to within 30 seconds' };
    return null;
  } catch {
    return { status: 403, message: 'Invalid token: API key not found' };
  }
};
