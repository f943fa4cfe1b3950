import { escaped, page, stylesheet, wantsJson, withOwnLinks, type Route } from '../../wire/src/index.js';
import { statusAt, type Notification, type Pace } from './notification.js';
import type { Outbox } from './outbox.js';
import type { Kind } from './templates.js';

const STYLE = '/dev/texts/assets/style.css';

interface Shelf {
  readonly path: string;
  readonly title: string;
  readonly types: readonly Kind[];
  readonly label: string;
}

const SHELVES: readonly Shelf[] = [
  { path: '/dev/texts', title: 'Caught texts', types: ['sms', 'email'], label: 'Phone number' },
  { path: '/dev/letters', title: 'Caught letters', types: ['letter'], label: 'Any line of the address' },
];

const recipient = (it: Notification): string => it.to ?? it.lines.join(', ');

/** The web outbox: what would have gone to phones and letter boxes. */
export const outboxRoutes = (outbox: Outbox, pace: Pace, origin: string): Route[] => [
  { method: 'GET', path: STYLE, answer: stylesheet },
  ...SHELVES.flatMap((shelf) => shelfRoutes(shelf, outbox, pace, origin)),
];

const shelfRoutes = (shelf: Shelf, outbox: Outbox, pace: Pace, origin: string): Route[] => {
  const item = (it: Notification) => ({
    id: it.id,
    to: recipient(it),
    subject: it.subject,
    text: it.body,
    receivedAt: it.createdAt,
    headers: { reference: it.reference, template: it.template.name, type: it.type },
    status: statusAt(it, pace, Date.now()),
  });
  const card = (it: Notification): string => `<li>
<h2>${escaped(recipient(it))}</h2>
<p class="meta"><time datetime="${it.createdAt}">${it.createdAt}</time>, ${statusAt(it, pace, Date.now())}${
    outbox.referenced(it.reference ?? '').length > 1 ? ', <strong>sent more than once</strong>' : ''
  }</p>
${it.subject ? `<p><strong>${escaped(it.subject)}</strong></p>` : ''}<pre>${withOwnLinks(it.body, origin)}</pre></li>`;

  return [
    {
      method: 'GET',
      path: shelf.path,
      answer: ({ query, headers }) => {
        const to = query.get('to') || undefined;
        const skip = Math.max(0, Math.trunc(Number(query.get('cursor') ?? 0)) || 0);
        const json = wantsJson(headers.accept);
        const limit = Math.min(200, Math.max(1, Math.trunc(Number(query.get('limit') ?? 100)) || 100));
        const { items, next } = outbox.list({ types: shelf.types, to, skip, limit: json ? limit : 25 });
        if (json) return { status: 200, body: { items: items.map(item), next } };
        const counts = outbox.counts(shelf.types, to);
        const more = new URLSearchParams({ ...(to === undefined ? {} : { to }), cursor: next ?? '' });
        return page({
          title: shelf.title,
          style: STYLE,
          body: `<h1>${shelf.title}</h1>
<p>${counts.messages} messages, ${counts.distinct} different ones. Nothing here was delivered to anybody.</p>
<form class="row" method="get" action="${shelf.path}"><div><label for="to">${shelf.label}</label><input id="to" name="to" autocomplete="off" value="${escaped(to ?? '')}"></div><button>Show</button></form>
${items.length === 0 ? '<p>Nothing yet.</p>' : `<ul class="list">${items.map(card).join('\n')}</ul>`}
${next ? `<p><a href="${shelf.path}?${escaped(more.toString())}">Older</a></p>` : ''}`,
        });
      },
    },
    {
      method: 'GET',
      path: `${shelf.path}/count`,
      answer: ({ query }) => ({ status: 200, body: outbox.counts(shelf.types, query.get('to') || undefined) }),
    },
  ];
};
