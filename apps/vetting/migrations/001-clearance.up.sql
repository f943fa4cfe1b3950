set local lock_timeout = '1s';

create table activation (
  activation_id uuid primary key,
  forum_id uuid not null,
  kind text not null,
  state text not null,
  nation text not null,
  -- The activation event's own sequence: a late one changes nothing.
  sequence bigint not null,
  policy_version integer not null
);

-- What each role asks for; a new wording is a new version, so that a decision can be explained by the rule of its day.
create table requirement_policy (
  activation_id uuid not null references activation,
  version integer not null,
  roles jsonb not null,
  made_at timestamptz not null,
  primary key (activation_id, version)
);

-- One application as vetting sees it. Nothing here is personal beyond what matching needs in the clear.
create table case_file (
  application_id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  reference text,
  owner_id uuid,
  state text not null check (state in ('awaiting-policy', 'checking', 'awaiting-applicant', 'decision-due', 'cleared', 'cleared-conditional', 'declined', 'stopped')),
  version integer not null,
  profile jsonb,
  profile_version integer not null,
  policy_version integer,
  clearance jsonb,
  submitted_at timestamptz not null,
  -- When the guardian of somebody aged 16 or 17 said yes.
  guardian_agreed_at timestamptz,
  cleared_at timestamptz,
  changed_at timestamptz not null
);
create index case_file_waiting on case_file (activation_id, application_id) where state = 'awaiting-policy';
create index case_file_reference on case_file (reference);

create table checks (
  check_id uuid primary key,
  application_id uuid not null references case_file,
  activation_id uuid not null,
  forum_id uuid not null,
  kind text not null check (kind in ('identity', 'dbs')),
  state text not null check (state in ('required', 'with-applicant', 'with-provider', 'provider-error', 'result-in', 'determined', 'expired', 'cancelled')),
  -- Grows each time the person is asked anew: a late answer of the provider to an earlier attempt changes nothing.
  attempt integer not null,
  answers text,
  answers_version integer,
  answered_at timestamptz,
  session text,
  sent_at timestamptz,
  silent_at timestamptz,
  -- Outward work: due when next_try_at has come; round names the job, tries counts failures.
  next_try_at timestamptz,
  -- When next_try_at was set: in the future, a clock that ran ahead has set it.
  waits_since timestamptz,
  queued_at timestamptz,
  round integer not null default 0,
  tries integer not null default 0,
  delayed_at timestamptz,
  result_code text,
  result text,
  result_version integer,
  reason_code text,
  outcome text check (outcome in ('suitable', 'suitable-with-limits', 'not-suitable')),
  proposed_outcome text,
  proposed_reason text,
  proposed_by uuid,
  referred_at timestamptz,
  determined_at timestamptz,
  determined_by uuid,
  purge_at timestamptz,
  opened_at timestamptz not null,
  unique (application_id, kind),
  check ((state = 'determined') = (outcome is not null)),
  check ((state = 'determined') = (determined_at is not null)),
  -- Nobody is found not suitable by one person alone.
  check (outcome is distinct from 'not-suitable' or (proposed_by is not null and determined_by is not null and proposed_by <> determined_by))
);
create index checks_due on checks (kind, next_try_at) where state in ('with-provider', 'provider-error');
create index checks_ahead on checks (kind, waits_since) where state in ('with-provider', 'provider-error');
create index checks_worklist on checks (forum_id, referred_at, check_id) where state = 'result-in';
create index checks_undelayed on checks (answered_at) where state in ('with-provider', 'provider-error') and delayed_at is null;
create index checks_purge on checks (purge_at) where purge_at is not null;

-- A certificate belongs to one person; only a keyed hash of its number stands here.
create table certificate_claim (
  activation_id uuid not null,
  certificate bytea not null check (length(certificate) = 32),
  application_id uuid not null,
  claimed_at timestamptz not null,
  primary key (activation_id, certificate)
);
create index certificate_claim_application on certificate_claim (application_id);

-- Who decided what, and why; never rewritten.
create table determination (
  determination_id uuid primary key,
  check_id uuid not null,
  application_id uuid not null,
  forum_id uuid not null,
  act text not null check (act in ('proposed', 'determined', 'confirmed')),
  outcome text not null,
  reason_code text not null,
  note text,
  note_version integer,
  by_member uuid not null,
  at timestamptz not null
);
create index determination_check on determination (check_id, at);

-- Who saw what of whom; never rewritten.
create table disclosure (
  disclosure_id uuid primary key,
  check_id uuid not null,
  application_id uuid not null,
  forum_id uuid not null,
  what text not null,
  by_member uuid not null,
  at timestamptz not null
);

-- Counters are appended deltas that one sweeper folds: counter rows would queue every writer behind them.
create table tally_delta (
  activation_id uuid not null,
  forum_id uuid not null,
  checking integer not null,
  awaiting_applicant integer not null,
  decision_due integer not null,
  cleared integer not null,
  declined integer not null
);
create table tally (
  activation_id uuid primary key,
  forum_id uuid not null,
  version integer not null,
  checking integer not null,
  awaiting_applicant integer not null,
  decision_due integer not null,
  cleared integer not null,
  declined integer not null
);

-- Whoever reads for staff names their forum first and sees its rows only; consumers and sweepers serve every forum.
alter table case_file enable row level security;
create policy of_forum on case_file using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);
alter table checks enable row level security;
create policy of_forum on checks using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);

grant select, insert, update on activation, case_file, checks, tally to :"role";
grant select, insert on requirement_policy, determination, disclosure to :"role";
grant select, insert, delete on certificate_claim to :"role";
grant select, insert, update, delete on tally_delta to :"role";

-- Nobody looks for rows by what is sealed: statistics of wide columns would be made for nothing.
alter table checks alter column answers set statistics 0;
alter table case_file alter column profile set statistics 0, alter column clearance set statistics 0;
