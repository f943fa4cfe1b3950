/**
 * Who may enter what, written by hand from interfaces.md §2–§5 and the table "who sees what" of product.md §3, and not
 * from the code: a route that is new, gone, or lets in somebody else fails the matrix until this table says so too.
 */
export const ROLES = {
  duty: 'duty@demo.example',
  approver: 'approver@demo.example',
  hub: 'coordinator.oldham@demo.example',
  vetting: 'vetting@demo.example',
  calls: 'calls@demo.example',
  referrer: 'referrer@demo.example',
  operator: 'operator@demo.example',
  auditor: 'auditor@demo.example',
} as const;
export type Role = keyof typeof ROLES;

/** `public`: anybody; `person`: whoever holds the link in the address; `partner`: a key with that scope; else the roles. */
type Entrant = 'public' | 'person' | 'partner' | Role;
const may = (...who: Entrant[]): ReadonlySet<Entrant> => new Set(who);

const PUBLIC = may('public');
const PERSON = may('person');
const CELL = may('duty', 'approver');
const PLANNING = may('duty', 'approver', 'hub', 'auditor');
const BOARD = may('duty', 'approver', 'hub', 'operator', 'auditor');
const NEEDS = may('duty', 'approver', 'hub', 'referrer', 'auditor');
const RAISING = may('duty', 'hub', 'referrer');
const VERIFYING = may('duty', 'hub');
const PLACES = may('duty', 'approver', 'hub', 'referrer', 'calls', 'operator', 'auditor');
const VETTING = may('vetting');
const MATCHING = may('duty', 'hub', 'auditor');
const MESSAGES = may('operator', 'duty');
const LOOKING = may('operator', 'auditor');
const OPERATING = may('operator');
/** The second person of S3 is of the role that owns the matter. */
const GIVING_UP = may('operator', 'vetting', 'hub', 'approver');
const LETTERS = may('operator', 'vetting', 'hub', 'approver', 'auditor');
const STAFF = may('duty', 'approver', 'hub', 'vetting', 'calls', 'referrer', 'operator', 'auditor');

export const WHO: Readonly<Record<string, ReadonlySet<Entrant>>> = {
  // The public
  'GET /': PUBLIC,
  'GET /:slug/help': PUBLIC,
  'GET /:slug/apply': PUBLIC,
  'GET /:slug/apply/check': PUBLIC,
  'POST /:slug/apply/check': PUBLIC,
  'GET /:slug/apply/:step': PUBLIC,
  'POST /:slug/apply/:step': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /asyncapi.yaml': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /problems': PUBLIC,
  'GET /problems/:type': PUBLIC,
  'GET /sign-in': PUBLIC,
  'GET /sign-in/callback': PUBLIC,
  'GET /sign-in/out': PUBLIC,
  'POST /sign-in/out': PUBLIC,

  // Applications
  'POST /v1/applications': may('public', 'partner', 'calls', 'hub'),
  'POST /v1/drafts': may('public', 'partner'),
  'PUT /v1/drafts/:token': may('public', 'partner'),
  'GET /v1/drafts/:token': may('public', 'partner'),
  'GET /v1/applications/:id': may('vetting', 'hub', 'operator', 'auditor'),

  // Whoever holds a link
  'GET /s/:token': PERSON,
  'PATCH /s/:token': PERSON,
  'DELETE /s/:token': PERSON,
  'POST /s/:token/confirm': PERSON,
  'POST /s/:token/not-me': PERSON,
  'GET /s/:token/code': PERSON,
  'POST /s/:token/code': PERSON,
  'GET /s/:token/code/confirm': PERSON,
  'POST /s/:token/code/confirm': PERSON,
  'GET /s/:token/events': PERSON,
  'GET /s/:token/receipt': PERSON,
  'GET /s/:token/withdraw': PERSON,
  'POST /s/:token/withdraw': PERSON,
  'GET /s/:token/pause': PERSON,
  'POST /s/:token/pause': PERSON,
  'POST /s/:token/resume': PERSON,
  'GET /s/:token/complaint': PERSON,
  'POST /s/:token/complaint': PERSON,
  'GET /s/:token/tasks/:code': PERSON,
  'POST /s/:token/tasks/:code': PERSON,
  'GET /s/:token/tasks/:code/continue': PERSON,
  'GET /s/:token/offers/:id': PERSON,
  'POST /s/:token/offers/:id/:answer': PERSON,
  'GET /s/:token/data': PERSON,
  'GET /s/:token/erase': PERSON,
  'POST /s/:token/erase': PERSON,
  'GET /s/:token/guardian': PERSON,
  'POST /s/:token/guardian': PERSON,
  'POST /s/:token/guardian/not-me': PERSON,

  // The forum: plans and activations by two people, needs by those who ask and those who answer
  'GET /forum': STAFF,
  'GET /v1/plans': PLANNING,
  'POST /v1/plans': CELL,
  'GET /v1/plans/:id': PLANNING,
  'PATCH /v1/plans/:id': CELL,
  'POST /v1/plans/:id/submit': CELL,
  'POST /v1/plans/:id/approve': CELL,
  'GET /forum/plans': PLANNING,
  'GET /forum/plans/:id': PLANNING,
  'POST /forum/plans/:id/submit': CELL,
  'POST /forum/plans/:id/approve': CELL,
  'GET /forum/plans/:id/activate': may('duty'),
  'POST /forum/plans/:id/activate': may('duty'),
  'POST /v1/activations': may('duty'),
  'GET /v1/activations': BOARD,
  'GET /v1/activations/:activation': BOARD,
  'GET /v1/activations/:activation/gaps': BOARD,
  'POST /v1/activations/:activation/approve': CELL,
  'POST /v1/activations/:activation/transitions': CELL,
  'GET /v1/activations/:activation/log': PLANNING,
  'POST /v1/activations/:activation/log': CELL,
  'GET /forum/activations/:activation': BOARD,
  'GET /forum/activations/:activation/approve': CELL,
  'POST /forum/activations/:activation/approve': CELL,
  'GET /forum/activations/:activation/move': CELL,
  'POST /forum/activations/:activation/move': CELL,
  'GET /forum/activations/:activation/log': PLANNING,
  'POST /forum/activations/:activation/log': CELL,
  'GET /v1/needs': NEEDS,
  'POST /v1/needs': RAISING,
  'GET /v1/needs/:id': NEEDS,
  'POST /v1/needs/:id/verify': VERIFYING,
  'POST /v1/needs/:id/cancel': RAISING,
  'GET /forum/needs': NEEDS,
  'GET /forum/needs/new': RAISING,
  'POST /forum/needs/new': RAISING,
  'GET /forum/needs/:id': NEEDS,
  'POST /forum/needs/:id/verify': VERIFYING,
  'GET /forum/needs/:id/cancel': RAISING,
  'POST /forum/needs/:id/cancel': RAISING,
  'GET /v1/organisations': PLACES,
  'POST /v1/organisations': CELL,
  'GET /v1/hubs': PLACES,
  'POST /v1/hubs': CELL,
  'GET /v1/roles': may('duty', 'approver', 'hub', 'vetting', 'calls', 'referrer', 'auditor'),
  'POST /v1/roles': CELL,

  // Checks
  'GET /v1/checks': VETTING,
  'GET /v1/checks/:id': VETTING,
  'POST /v1/checks/:id/determination': VETTING,
  'POST /v1/checks/:id/determination/confirm': VETTING,
  'GET /vetting': VETTING,
  'GET /vetting/checks/:id': VETTING,
  'POST /vetting/checks/:id/determination': VETTING,
  'POST /vetting/checks/:id/determination/confirm': VETTING,

  // Offers and messages, in ids, codes and times
  'GET /v1/offers': MATCHING,
  'GET /matching': MATCHING,
  'GET /v1/messages': MESSAGES,
  'GET /notification': MESSAGES,
  'GET /v1/messages/captured': MESSAGES,
  'GET /notification/captured': MESSAGES,
  // A provider's, with a bearer of its own
  'POST /v1/messages/receipts': PUBLIC,

  // Operators
  'GET /v1/ops/overview': LOOKING,
  'GET /v1/ops/applications/:reference': LOOKING,
  'GET /v1/ops/audit': LOOKING,
  'GET /v1/ops/dead-letters': LETTERS,
  'GET /v1/ops/dead-letters/:id': LETTERS,
  'POST /v1/ops/dead-letters/replay': OPERATING,
  'POST /v1/ops/dead-letters/:id/replay': OPERATING,
  'POST /v1/ops/dead-letters/:id/edit': OPERATING,
  'POST /v1/ops/dead-letters/:id/discard': GIVING_UP,
  'POST /v1/ops/providers/:name/circuit': OPERATING,
  'POST /v1/ops/intake-mode': OPERATING,
  'GET /ops': LOOKING,
  'GET /ops/waiting': LOOKING,
  'GET /ops/journals': LOOKING,
  'GET /ops/dead-letters': LETTERS,
  'GET /ops/dead-letters/replay': OPERATING,
  'POST /ops/dead-letters/replay': OPERATING,
  'GET /ops/dead-letters/:id': LETTERS,
  'GET /ops/dead-letters/:id/replay': OPERATING,
  'POST /ops/dead-letters/:id/replay': OPERATING,
  'GET /ops/dead-letters/:id/discard': GIVING_UP,
  'POST /ops/dead-letters/:id/discard': GIVING_UP,
  'GET /ops/dead-letters/:id/edit': OPERATING,
  'POST /ops/dead-letters/:id/edit': OPERATING,
  'GET /ops/providers/:name': OPERATING,
  'POST /ops/providers/:name': OPERATING,
  'GET /ops/intake-mode': OPERATING,
  'POST /ops/intake-mode': OPERATING,
  'GET /ops/applications': LOOKING,
  'GET /ops/audit': LOOKING,
  'GET /ops/runbooks': LOOKING,
  'GET /ops/runbooks/:code': LOOKING,
  'GET /ops/queues': LOOKING,
  'GET /ops/queues/*': LOOKING,
};
