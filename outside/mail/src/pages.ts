import { escaped, page, stylesheet, wantsJson, withOwnLinks, type Answer, type Route } from '../../wire/src/index.js';
import type { Inbox, Opened } from './inbox.js';

const STYLE = '/dev/mail/assets/style.css';

const whole = (value: string | null, otherwise: number, max: number): number => {
  const number = Number(value ?? otherwise);
  return Number.isInteger(number) && number >= 0 ? Math.min(number, max) : otherwise;
};

/** An address holds no space: one that came here was a plus sign that nobody had encoded. */
const addressIn = (query: URLSearchParams): string | undefined =>
  query.get('to')?.trim().replaceAll(' ', '+') || undefined;

const card = (mail: Opened, origin: string): string => `<li>
<h2><a href="/dev/mail/${mail.id}">${escaped(mail.subject || '(no subject)')}</a></h2>
<p class="meta">To ${escaped(mail.to)}, <time datetime="${mail.receivedAt}">${mail.receivedAt}</time>${
  mail.copies > 1 ? `, <strong>arrived ${mail.copies} times</strong>` : ''
}</p>
<pre>${withOwnLinks(mail.text, origin)}</pre>
</li>`;

/** The web inbox: a page for people, JSON for programs. */
export const inboxRoutes = (inbox: Inbox, origin: string): Route[] => {
  const listed = async (to: string | undefined, skip: number, limit: number) => {
    const { items, next } = inbox.list({ to, skip, limit });
    const opened = await Promise.all(items.map(({ id }) => inbox.open(id)));
    return { items: opened.filter((mail) => mail !== null), next };
  };

  const listPage = async (to: string | undefined, skip: number): Promise<Answer> => {
    const { items, next } = await listed(to, skip, 25);
    const counts = to === undefined ? inbox.counts : inbox.countTo(to);
    const more = new URLSearchParams({ ...(to === undefined ? {} : { to }), cursor: next ?? '' });
    return page({
      title: to === undefined ? 'Caught mail' : `Caught mail to ${to}`,
      style: STYLE,
      body: `<h1>Caught mail</h1>
<p>${counts.messages} messages, ${counts.distinct} different ones${to === undefined ? '' : `, to ${escaped(to)}`}. Nothing here was delivered to anybody.</p>
<form class="row" method="get" action="/dev/mail"><div><label for="to">Address</label><input id="to" name="to" type="email" autocomplete="off" value="${escaped(to ?? '')}"></div><button>Show</button></form>
${items.length === 0 ? '<p>No mail yet.</p>' : `<ul class="list">${items.map((mail) => card(mail, origin)).join('\n')}</ul>`}
${next ? `<p><a href="/dev/mail?${escaped(more.toString())}">Older mail</a></p>` : ''}`,
    });
  };

  return [
    { method: 'GET', path: '/dev/mail/assets/style.css', answer: stylesheet },
    {
      method: 'GET',
      path: '/dev/mail',
      answer: async ({ query, headers }) => {
        const to = addressIn(query);
        const skip = whole(query.get('cursor'), 0, 1_000_000);
        if (!wantsJson(headers.accept)) return listPage(to, skip);
        return { status: 200, body: await listed(to, skip, whole(query.get('limit'), 100, 200)) };
      },
    },
    {
      method: 'GET',
      path: '/dev/mail/count',
      answer: ({ query }) => {
        const to = addressIn(query);
        return { status: 200, body: to ? inbox.countTo(to) : inbox.counts };
      },
    },
    {
      /** Who got what when, without the texts: what a rehearsal's verdict is made of. */
      method: 'GET',
      path: '/dev/mail/index.ndjson',
      answer: () => ({
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        stream: async (response) => {
          let chunk: string[] = [];
          for (const kept of inbox.all()) {
            chunk.push(`${JSON.stringify(kept)}\n`);
            if (chunk.length < 1000) continue;
            if (!response.write(chunk.join(''))) await new Promise((free) => response.once('drain', free));
            chunk = [];
          }
          response.end(chunk.join(''));
        },
      }),
    },
    {
      method: 'GET',
      path: '/dev/mail/:id',
      answer: async ({ params, headers }) => {
        const mail = await inbox.open(params.id!);
        const json = wantsJson(headers.accept);
        if (!mail) {
          if (json) return { status: 404, body: { detail: 'no such message' } };
          return page({ title: 'No such message', style: STYLE, body: '<h1>No such message</h1>' }, 404);
        }
        if (json) return { status: 200, body: mail };
        const rows = Object.entries(mail.headers).map(([k, v]) => `<dt>${escaped(k)}</dt><dd>${escaped(v)}</dd>`);
        return page({
          title: mail.subject || 'Message',
          style: STYLE,
          body: `<p><a href="/dev/mail">All mail</a></p><h1>${escaped(mail.subject || '(no subject)')}</h1>
<p class="meta">To ${escaped(mail.to)}</p><pre>${withOwnLinks(mail.text, origin)}</pre><h2>Headers</h2><dl>${rows.join('')}</dl>`,
        });
      },
    },
  ];
};
