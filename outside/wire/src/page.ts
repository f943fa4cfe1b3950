/** Text on its way into HTML; everything that arrives from outside passes here. */
export const escaped = (value: string): string =>
  value.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);

/** Caught text as HTML text; only links to our own origin can be followed, so that a story can be walked through. */
export const withOwnLinks = (value: string, origin: string): string =>
  value
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/)
    .map((part, i) => {
      const safe = escaped(part);
      if (i % 2 === 0 || !URL.canParse(part) || new URL(part).origin !== origin) return safe;
      return `<a href="${safe}">${safe}</a>`;
    })
    .join('');

const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src data:";

export interface Page {
  readonly title: string;
  readonly body: string;
  /** Path of the style sheet, under the server's own prefix. */
  readonly style: string;
}

export const page = ({ title, body, style }: Page, status = 200) => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'same-origin',
  },
  body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${style}">
<link rel="icon" href="data:,">
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p><strong>Muster</strong> local stack: a stand-in for the outside world, not part of the service</p></header>
<main id="main">
${body}
</main>
</body>
</html>
`,
});

export const stylesheet = () => ({
  status: 200,
  headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' },
  body: STYLE,
});

export const wantsJson = (accept: string | undefined): boolean => {
  if (!accept) return true;
  const json = accept.indexOf('json');
  const html = accept.indexOf('text/html');
  return html < 0 || (json >= 0 && json < html);
};

const STYLE = `
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Arial,sans-serif;color:#0b0c0c;background:#fff}
header{background:#1d3557;color:#fff;padding:.6rem 0}
header p{margin:0 auto;max-width:62rem;padding:0 1rem}
main{max-width:62rem;margin:0 auto;padding:1rem}
h1{font-size:1.9rem;line-height:1.2;margin:1rem 0}
h2{font-size:1.25rem;margin:0 0 .25rem}
a{color:#1d4f91}
a:focus,button:focus,input:focus{outline:3px solid #ffbf47;outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:.5rem;top:.5rem;background:#fff;padding:.5rem}
.list{list-style:none;margin:1rem 0;padding:0}
.list>li{border:1px solid #b1b4b6;border-left:.4rem solid #1d3557;padding:.75rem 1rem;margin:0 0 1rem}
.meta{color:#505a5f;margin:.1rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;background:#f3f2f1;padding:.75rem;margin:.5rem 0 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dt{font-weight:700}
dd{margin:0;overflow-wrap:anywhere}
form.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin:1rem 0}
label{display:block;font-weight:700;margin:.5rem 0 .2rem}
input{font:inherit;padding:.45rem;border:2px solid #0b0c0c;width:100%;max-width:26rem}
button{font:inherit;font-weight:700;padding:.55rem 1rem;border:0;background:#00703c;color:#fff;cursor:pointer;min-height:2.75rem}
button.plain{background:#f3f2f1;color:#0b0c0c;border:1px solid #505a5f}
button.person{display:block;width:100%;text-align:left;overflow-wrap:anywhere;background:#fff;color:#0b0c0c;border:2px solid #1d3557}
button.person span{display:block;font-weight:400}
button.person:hover{background:#eef3f8}
.people{list-style:none;padding:0;margin:1rem 0;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr))}
.people>li{min-width:0}
.notice{border:.3rem solid #1d3557;padding:.75rem 1rem}
`;
