set local lock_timeout = '1s';

create table activation (
  activation_id uuid primary key,
  forum_id uuid not null,
  kind text not null check (kind in ('actual', 'exercise', 'test')),
  state text not null,
  title_en text not null,
  title_cy text not null,
  changed_at timestamptz not null
);

-- Whom messages go to; the contact is sealed and leaves with its key.
create table recipient (
  application_id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  reference text not null,
  language text not null check (language in ('en', 'cy')),
  channel text not null check (channel in ('email', 'sms', 'email-and-sms', 'post')),
  contact text not null,
  contact_version int not null check (contact_version > 0)
);

-- One row per message and transport: the truth of what was sent. Its id is the reference at the provider.
create table message (
  id uuid primary key,
  request_id uuid not null,
  application_id uuid not null,
  activation_id uuid not null,
  forum_id uuid not null,
  kind text not null,
  urgency text not null check (urgency in ('P1', 'P2', 'P3', 'P4', 'P5')),
  transport text not null check (transport in ('email', 'sms', 'letter')),
  state text not null default 'created'
    check (state in ('created', 'queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'cancelled')),
  version int not null default 1,
  attempts int not null default 0,
  -- An answer was lost once already: mail is repeated once only.
  repeated boolean not null default false,
  -- May it go in quiet hours?
  any_hour boolean not null,
  reference text not null,
  owner_name text not null,
  promise_due_at timestamptz,
  facts jsonb not null,
  -- Sealed: another place than where the person is reached now.
  to_contact text,
  template text,
  -- Event that asked for it, its correlation and its trace.
  cause jsonb not null,
  requested_at timestamptz not null,
  -- Null: at once, whatever the clocks say of each other.
  next_try_at timestamptz,
  -- When next_try_at was set: in the future, a clock that ran ahead has set it.
  waits_since timestamptz,
  queued_at timestamptz,
  sending_at timestamptz,
  sent_at timestamptz,
  settled_at timestamptz,
  reason text,
  unique (request_id, transport),
  check ((state in ('sent', 'delivered')) <= (sent_at is not null)),
  check ((state in ('failed', 'unknown', 'cancelled')) <= (reason is not null))
);

create index message_due on message (transport, urgency, requested_at) where state = 'created';
create index message_queued on message (queued_at) where state = 'queued';
create index message_underway on message (sending_at) where state = 'sending';
create index message_of_application on message (application_id, requested_at);
create index message_lately on message (forum_id, requested_at desc, id);
create index message_unreached on message (settled_at) where state in ('failed', 'unknown');

-- What exercises and tests would have sent.
create table captured (
  message_id uuid primary key,
  application_id uuid not null,
  forum_id uuid not null,
  transport text not null,
  subject text not null,
  body text not null,
  captured_at timestamptz not null
);
create index captured_of_application on captured (application_id);
create index recipient_reference on recipient (reference);
create index captured_lately on captured (forum_id, captured_at desc);

-- What staff read names their forum first, and sees no other (S8); consumers and jobs serve all.
alter table message enable row level security;
create policy of_forum on message using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);
alter table captured enable row level security;
create policy of_forum on captured using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);

-- Counting appends; a sweeper folds.
create table tally_delta (
  id bigint generated always as identity primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  queued int not null default 0,
  sent int not null default 0,
  delivered int not null default 0,
  failed int not null default 0
);
create table tally (
  activation_id uuid primary key,
  forum_id uuid not null,
  version int not null default 1,
  queued int not null,
  sent int not null,
  delivered int not null,
  failed int not null
);

grant select, insert, update on activation, message, tally to notification;
grant select, insert, update, delete on recipient to notification;
grant select, insert, delete on captured, tally_delta to notification;

-- Nobody looks for rows by what they say: statistics of wide columns would be made for nothing.
alter table message alter column facts set statistics 0, alter column cause set statistics 0;
alter table recipient alter column contact set statistics 0;
