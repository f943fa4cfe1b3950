set local lock_timeout = '1s';

create table application (
  id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  reference text not null,
  -- SHA-256 of caller, route and Idempotency-Key; counts for as long as the application lives.
  idempotency_hash bytea not null check (octet_length(idempotency_hash) = 32),
  owner_id uuid not null,
  owner_name text not null,
  submitted_at timestamptz not null,
  -- Staff member or partner key that entered it; null: the public.
  entered_by text,
  mode text not null check (mode in ('open', 'capped', 'interest-only')),
  -- What the receipt said, so that a replay says the same.
  receipt_due_at timestamptz not null,
  receipt_says text not null,

  state text not null check (state in ('submitted', 'triaged', 'checking', 'awaiting-applicant', 'decision-due', 'cleared',
    'cleared-conditional', 'declined', 'merged-duplicate', 'withdrawn', 'lapsed')),
  pool text check (pool in ('active', 'reserve', 'paused', 'stepped-down', 'referred-out', 'left')),
  pool_at timestamptz,
  paused_until date,
  people integer,
  places integer,
  closed_at timestamptz,
  lapsed_at timestamptz,
  erased_at timestamptz,
  version integer not null,
  vetting_sequence bigint not null default 0,

  -- In the clear, because matching works on sets of them (architecture 2.8); emptied by erasure.
  channel text check (channel in ('email', 'sms', 'email-and-sms', 'post')),
  language text check (language in ('en', 'cy')),
  age_band text check (age_band in ('18-plus', '16-17')),
  roles text[] not null,
  skills text[] not null,
  vehicle boolean not null,
  remote_only boolean not null,
  outward_code text,
  slots text[] not null,
  max_distance_km double precision not null,
  available_from date not null,
  profile_version integer not null,

  -- Sealed under the person: contact (what notification needs), person (the rest, with the receipt's token), support.
  contact_sealed text,
  contact_version integer not null,
  person_sealed text,
  person_version integer not null,
  support_sealed text,

  -- Blind indexes; likenesses are for people to judge, so none is unique.
  email_index bytea,
  phone_index bytea,
  name_index bytea,
  likely_duplicate_of uuid,
  contact_state text not null default 'unconfirmed' check (contact_state in ('unconfirmed', 'confirmed', 'disowned', 'unreachable')),
  failed_answers integer not null default 0,
  message_day date,
  message_count integer not null default 0,

  tasks jsonb not null default '[]',
  -- When the guardian of somebody aged 16 or 17 is to be asked; null once that was done.
  guardian_due_at timestamptz,
  reminders integer not null default 0,
  human_since timestamptz,

  promises integer not null,
  promise_rule text,
  promise_kind text,
  promise_made_at timestamptz,
  promise_due_at timestamptz,
  promise_act_at timestamptz,
  promise_no_news integer,
  promise_broken_at timestamptz,

  unique (forum_id, id),
  constraint application_reference_key unique (reference),
  constraint application_idempotency_key unique (idempotency_hash),
  -- Invariant P: nobody can write a state that forgets a person.
  constraint application_promise check (
    (state in ('withdrawn', 'lapsed', 'merged-duplicate')
      or (state = 'declined' and closed_at is not null)
      or coalesce(pool in ('left', 'referred-out'), false)) = (promise_due_at is null)),
  constraint application_whole_until_erased check (
    num_nonnulls(channel, language, age_band) = case when erased_at is null then 3 else 0 end),
  constraint application_promise_whole check (
    num_nonnulls(promise_rule, promise_kind, promise_made_at, promise_due_at, promise_no_news) in (0, 5)),
  constraint application_promise_within check (
    promise_due_at is null or promise_due_at <= promise_made_at + case promise_rule
      when 'submitted' then interval '14 days'
      when 'checking' then interval '14 days'
      when 'awaiting-applicant' then interval '14 days'
      when 'unreachable' then interval '14 days'
      when 'decision-due' then interval '7 days'
      when 'paused' then interval '92 days'
      when 'declined' then interval '100 days'
      else interval '31 days' end)
);
create index application_due on application (promise_act_at) where promise_act_at is not null;
create index application_overdue on application (promise_due_at) where promise_due_at is not null;
create index application_email on application (email_index) where email_index is not null;
create index application_phone on application (phone_index) where phone_index is not null;
create index application_duplicate on application (likely_duplicate_of) where likely_duplicate_of is not null;
create index application_guardian on application (guardian_due_at) where guardian_due_at is not null;
create index application_human on application (human_since) where human_since is not null;

-- Staff see their own forum; a query that forgot to ask gets no more. Consumers and the front door serve all forums.
-- A setting that was local to an ended transaction reads as '', and the planner may look at the second half first.
alter table application enable row level security;
create policy of_forum on application using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);

-- A random token per link and kind, found by its hash; the values are sealed in the application.
create table person_link (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  application_id uuid not null,
  forum_id uuid not null,
  kind text not null check (kind in ('receipt', 'mailed')),
  full_until timestamptz,
  revoked_at timestamptz
);

-- Whom somebody aged 16 or 17 named, and what they said. The address lies sealed in the application and in the message.
create table guardian (
  application_id uuid primary key,
  forum_id uuid not null,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  email_index bytea,
  asked_at timestamptz not null,
  failures integer not null default 0,
  answer text check (answer in ('agreed', 'refused', 'not-me')),
  answered_at timestamptz,
  check ((answer is null) = (answered_at is null)),
  foreign key (forum_id, application_id) references application (forum_id, id)
);
create index guardian_email on guardian (email_index, asked_at) where email_index is not null;

-- A code that gives one link more rights for some minutes (S7); lies sealed, for the message that carries it.
create table step_up (
  application_id uuid primary key,
  forum_id uuid not null,
  token_hash bytea not null,
  message_id uuid not null,
  code_sealed text not null,
  sent_at timestamptz not null,
  -- Once it was given, or was no longer good, it does not come back.
  spent boolean not null,
  codes integer not null,
  codes_from timestamptz not null,
  failures integer not null,
  failed_at timestamptz,
  full_until timestamptz,
  foreign key (forum_id, application_id) references application (forum_id, id)
);

-- Codes only; outlives the personal data.
create table timeline (
  id bigint generated always as identity primary key,
  application_id uuid not null,
  at timestamptz not null,
  code text not null check (code ~ '^[a-z][a-z0-9-]{1,60}$'),
  facts jsonb
);
create index timeline_of_application on timeline (application_id, at);

create table task_answer (
  application_id uuid not null,
  forum_id uuid not null,
  version integer not null,
  task text not null,
  answers_sealed text not null,
  answered_at timestamptz not null,
  primary key (application_id, version),
  foreign key (forum_id, application_id) references application (forum_id, id)
);

create table complaint (
  id uuid primary key,
  application_id uuid not null,
  forum_id uuid not null,
  says_sealed text not null,
  at timestamptz not null,
  foreign key (forum_id, application_id) references application (forum_id, id)
);

-- The last event decides; an offer heard of by its end first waits for its beginning without showing.
create table offer (
  id uuid primary key,
  application_id uuid not null,
  activation_id uuid not null,
  forum_id uuid not null,
  role_code text,
  role_title jsonb,
  place text,
  starts_at timestamptz,
  ends_at timestamptz,
  respond_by timestamptz,
  reasons text[],
  state text not null check (state in ('sent', 'confirming', 'accepted', 'declined', 'lapsed', 'withdrawn', 'refused', 'cancelling', 'cancelled')),
  answered_at timestamptz,
  foreign key (forum_id, application_id) references application (forum_id, id)
);
create index offer_of_application on offer (application_id);

-- Who saw a person, when and as what; nobody can rewrite it.
create table disclosure (
  id bigint generated always as identity primary key,
  application_id uuid not null,
  forum_id uuid not null,
  member_id uuid not null,
  organisation_id uuid not null,
  as_role text not null,
  fields text[] not null,
  at timestamptz not null
);
create index disclosure_of_application on disclosure (application_id);

grant select, insert, update on application, offer, person_link, step_up, guardian to :"role";
grant select, insert on timeline, disclosure to :"role";
grant select, insert, delete on task_answer, complaint to :"role";
grant delete on offer, step_up, guardian to :"role";

-- Nobody looks for rows by what is sealed: statistics of wide columns would be made for nothing.
alter table application alter column contact_sealed set statistics 0, alter column person_sealed set statistics 0,
  alter column support_sealed set statistics 0, alter column tasks set statistics 0;
alter table task_answer alter column answers_sealed set statistics 0;
