/** Only a path of our own, so that a link cannot send people on to another site after they signed in. */
export function returnPath(wanted: string | undefined): string {
  if (!wanted || wanted.length > 500 || !/^\/[A-Za-z0-9_~.%?&=+,:@!$'()*;-]/.test(wanted) || wanted.includes('\\')) {
    return '/forum';
  }
  const url = new URL(wanted, 'http://ours.invalid');
  return url.origin === 'http://ours.invalid' && !url.pathname.startsWith('//')
    ? `${url.pathname}${url.search}`
    : '/forum';
}
