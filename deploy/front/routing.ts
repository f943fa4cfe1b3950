/** Prefix → app, as deploy/routes.json has it; `closed` prefixes are answered 404 whatever the apps would say. */
export interface Routes {
  routes: { prefix: string; app: string }[];
  closed: string[];
}

export type Routed = { is: 'app'; app: string } | { is: 'closed' };

/** Longest prefix first, and only whole segments: `/opsy` is a slug, not operations. */
export const router = ({ routes, closed }: Routes): ((path: string) => Routed) => {
  const table = new Map<string, Routed>();
  for (const prefix of closed) table.set(prefix, { is: 'closed' });
  for (const { prefix, app } of routes) table.set(prefix, { is: 'app', app });
  const depth = Math.max(...[...table.keys()].map((prefix) => prefix.split('/').length - 1));
  const rest = table.get('/') ?? { is: 'closed' };
  return (path) => {
    const segments = path.split('/', depth + 1);
    for (let length = segments.length; length > 1; length--) {
      const found = table.get(segments.slice(0, length).join('/'));
      if (found) return found;
    }
    return rest;
  };
};

export type Target = { is: 'path'; path: string; query: string } | { is: 'refused' };

const PLAIN = /^[/A-Za-z0-9\-_~.!$'()*+,;=:@]*$/;
const DOTS = /\/\.{1,2}(\/|$)/;
const REFUSED: Target = { is: 'refused' };

/**
 * The request target in its one normal form, or refused: dot segments, double or encoded slashes, backslashes, control
 * characters and broken escapes mean different things to different readers, so nobody behind the front gets to see them.
 */
export const normalise = (target: string): Target => {
  if (target.length > 4096 || !target.startsWith('/')) return REFUSED;
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020#\\]/.test(query)) return REFUSED;
  if (raw.includes('//') || DOTS.test(raw)) return REFUSED;
  if (PLAIN.test(raw)) return { is: 'path', path: raw, query };
  const segments: string[] = [];
  for (const segment of raw.split('/')) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      return REFUSED;
    }
    // eslint-disable-next-line no-control-regex
    if (decoded === '.' || decoded === '..' || /[/\\\u0000-\u001f\u007f]/.test(decoded)) return REFUSED;
    segments.push(encodeURIComponent(decoded).replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2B', '+'));
  }
  return { is: 'path', path: segments.join('/'), query };
};
