import { initAll } from './govuk.js';

document.body.classList.add('js-enabled', 'govuk-frontend-supported');
initAll();

/** `data-live="/s/…/events"`: whenever the server says that something changed, this part of the page is fetched again. */
for (const part of document.querySelectorAll('[data-live]')) {
  const events = new EventSource(part.dataset.live);
  const event = part.dataset.liveEvent ?? 'status';
  let first = true;
  events.addEventListener(event, async () => {
    if (first && part.dataset.liveFirst !== 'refresh') {
      first = false;
      return;
    }
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return events.close();
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  });
  addEventListener('pagehide', () => events.close());
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
