import type { Stack } from '../stack-file.js';

/** A staff bearer token of the local directory; only its own port has this door. */
export const tokenFor = async (stack: Stack, email: string): Promise<string> => {
  const door = stack.providers['sign-in']?.url;
  if (!door) throw new Error('this stack has no local sign-in server');
  const response = await fetch(`${door}/dev-token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as { access_token?: string; people?: string[]; error?: string };
  if (answer.access_token) return answer.access_token;
  if (answer.people) throw new Error(`nobody here is called ${email}; there are: ${answer.people.join(', ')}`);
  throw new Error(`the sign-in server answered ${response.status} ${answer.error ?? ''}`.trim());
};
