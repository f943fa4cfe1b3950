import { promise } from '../promise/promise.decider.js';
import type { Application } from './application.js';

export const SUBMITTED_AT = new Date('2026-11-23T09:00:00Z');

/** An application as it stands right after its form was sent. */
export const submitted = (over: Partial<Application> = {}): Application => ({
  id: '019a0000-0000-7000-8000-00000000a001',
  activationId: '019a0000-0000-7000-8000-000000000002',
  activationState: 'active',
  forumId: '019a0000-0000-7000-8000-000000000001',
  nation: 'england',
  reference: 'MU-7K4D-93TQ-X',
  ownerId: '019a0000-0000-7000-8000-000000000003',
  ownerName: 'Action Together, Oldham',
  language: 'en',
  channel: 'email',
  state: 'submitted',
  pool: null,
  poolAt: null,
  pausedUntil: null,
  people: null,
  places: null,
  closedAt: null,
  lapsedAt: null,
  contact: 'unconfirmed',
  tasks: [],
  reminders: 0,
  vettingSequence: 0,
  promise: { ...promise('submitted', SUBMITTED_AT, 'england'), number: 1 },
  promises: 1,
  written: { day: null, count: 0 },
  humanSince: null,
  version: 2,
  ...over,
});
