import { isTerminal, type Application, type Step } from '../application/application.js';

/** A message reached nobody: somebody must find another way (H8, product.md §5e). */
export const notDelivered = (of: Application, now: Date): Step => ({
  application: {
    ...of,
    contact: of.contact === 'unconfirmed' ? 'unreachable' : of.contact,
    humanSince: isTerminal(of) ? of.humanSince : (of.humanSince ?? now),
  },
  timeline: [{ at: now, code: 'message-failed' }],
  messages: [],
});
