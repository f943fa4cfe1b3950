import { initAll } from './govuk.js';

document.body.classList.add('js-enabled', 'govuk-frontend-supported');
initAll();

/** Fetches this page again and puts the fresh part in the place of the old one, unless somebody is typing in it. */
const refresh = async (part, events) => {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return events.close();
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(part.id);
  const typing = part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select');
  if (fresh && !typing && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
};

/** `data-live="/s/…/events"` on an element with an id; `data-live-version` is the id of the event that it already shows. */
for (const part of document.querySelectorAll('[data-live]')) {
  const events = new EventSource(part.dataset.live);
  events.addEventListener(part.dataset.liveEvent ?? 'status', (event) => {
    if (event.lastEventId !== '' && event.lastEventId === part.dataset.liveVersion) return;
    part.dataset.liveVersion = event.lastEventId;
    refresh(part, events).catch(() => undefined);
  });
  addEventListener('pagehide', () => events.close());
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
