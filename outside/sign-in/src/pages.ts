import { escaped, page } from '../../wire/src/index.js';
import type { Person } from './people.js';

/** The list of people; each is one button of one form. */
export const choicePage = (o: { people: readonly Person[]; action: string; prefix: string; client: string }) =>
  page({
    title: 'Sign in to the local stack',
    style: `${o.prefix}/assets/style.css`,
    body: `<h1>Who are you today?</h1>
<p>This directory exists only in the local stack. There are no passwords: choose a person to sign in to ${escaped(o.client)}.</p>
<form method="post" action="${escaped(o.action)}">
<ul class="people">${o.people
      .map(
        (person) => `<li><button class="person" name="sub" value="${escaped(person.sub)}">${escaped(person.name)}
<span>${escaped(person.email)}</span>${person.does ? `<span>${escaped(person.does)}</span>` : ''}</button></li>`,
      )
      .join('\n')}</ul>
</form>`,
  });

export const lostPage = (prefix: string) =>
  page(
    {
      title: 'Sign-in has ended',
      style: `${prefix}/assets/style.css`,
      body: '<h1>Sign-in has ended</h1><p>It took too long or was finished in another window. Go back to the page you came from and start again.</p>',
    },
    400,
  );
