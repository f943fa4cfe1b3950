create table activation (
  id uuid primary key default uuidv7(),
  forum_id uuid not null references forum (id),
  plan_id uuid not null,
  plan_version integer not null,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9]*(-[a-z0-9]+){0,9}$' and length(slug) <= 60),
  kind text not null check (kind in ('actual', 'exercise', 'test')),
  -- Staff only: the public reads the plan's own title (S16).
  title text not null check (length(title) between 2 and 120),
  methane jsonb not null,
  areas text[] not null,
  state text not null check (state in ('monitoring', 'standby', 'active', 'surge', 'standing-down', 'recovery', 'closed')),
  -- What the requester asked for; reached by approval, standby at once by one person (H11).
  wanted text not null check (wanted in ('standby', 'active')),
  version integer not null check (version > 0),
  requested_by uuid not null,
  requested_at timestamptz not null,
  approved_by uuid,
  approved_version integer,
  approved_at timestamptz,
  opened_at timestamptz,
  closed_at timestamptz,
  unique (forum_id, id),
  check (approved_by <> requested_by),
  check ((approved_by is null) = (approved_at is null) and (approved_by is null) = (approved_version is null)),
  -- Two people stand behind everything past standby.
  check (state in ('monitoring', 'standby') or approved_by is not null),
  foreign key (forum_id, plan_id) references plan (forum_id, id),
  foreign key (plan_id, plan_version) references plan_version (plan_id, version),
  foreign key (forum_id, requested_by) references member (forum_id, id),
  foreign key (forum_id, approved_by) references member (forum_id, id)
);

-- On the headings of the Joint Decision Model; nobody edits what was decided.
create table decision_log (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  activation_id uuid not null,
  at timestamptz not null,
  member_id uuid not null,
  -- What the house wrote by itself has a code; what a person wrote has the headings.
  code text check (code ~ '^[a-z][a-z0-9-]{2,60}$'),
  facts jsonb not null default '{}',
  headings jsonb,
  check ((code is null) <> (headings is null)),
  foreign key (forum_id, activation_id) references activation (forum_id, id),
  foreign key (forum_id, member_id) references member (forum_id, id)
);
create index decision_log_by_activation on decision_log (activation_id, id);

create table need (
  id uuid primary key,
  forum_id uuid not null,
  activation_id uuid not null,
  organisation_id uuid not null,
  role_code text not null check (role_code ~ '^[a-z][a-z0-9]*(-[a-z0-9]+){0,5}$'),
  -- Title, notes, full postcode: compartment 'need', keyed by the need.
  sealed text not null,
  sealed_version integer not null check (sealed_version > 0),
  outward_code text check (outward_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]?$'),
  district text,
  places integer not null check (places between 1 and 10000),
  filled integer not null default 0 check (filled >= 0),
  staffed_at timestamptz,
  staffing_sequence bigint not null default 0,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  skills text[] not null,
  remote boolean not null,
  state text not null check (state in ('drafted', 'verified', 'open', 'part-filled', 'filled', 'in-progress', 'met', 'at-risk', 'escalated', 'unmet-closed', 'cancelled')),
  version integer not null check (version > 0),
  raised_by uuid not null,
  raised_at timestamptz not null,
  verified_by uuid,
  verified_at timestamptz,
  regulated_activity boolean,
  safeguarding text check (safeguarding in ('clear', 'measures-in-place')),
  ended_reason text check (ended_reason ~ '^[a-z][a-z0-9]*(-[a-z0-9]+){0,8}$'),
  promise_made_at timestamptz,
  promise_due_at timestamptz,
  unique (forum_id, id),
  check (ends_at > starts_at),
  check (remote or outward_code is not null),
  check (state in ('drafted', 'cancelled') or (verified_by is not null and verified_at is not null and regulated_activity is not null and safeguarding is not null)),
  -- Whoever asked is owed a next word until the need is over.
  check ((state in ('met', 'unmet-closed', 'cancelled')) = (promise_due_at is null)),
  check (promise_due_at <= promise_made_at + interval '7 days'),
  foreign key (forum_id, activation_id) references activation (forum_id, id),
  foreign key (forum_id, organisation_id) references organisation (forum_id, id),
  foreign key (forum_id, raised_by) references member (forum_id, id),
  foreign key (forum_id, verified_by) references member (forum_id, id)
);
create index need_by_activation on need (activation_id, id);
create index need_due on need (promise_due_at) where promise_due_at is not null;
create index need_alike on need (activation_id, role_code, outward_code, starts_at);

-- What became of each promise about a need; only ever added to.
create table promise_outcome (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  need_id uuid not null,
  due_at timestamptz not null,
  judged_at timestamptz not null,
  outcome text not null check (outcome in ('kept-with-news', 'kept-no-news', 'not-reached', 'broken')),
  foreign key (forum_id, need_id) references need (forum_id, id)
);

-- Absolute numbers as each app last told them.
create table activation_tally (
  activation_id uuid not null,
  forum_id uuid not null,
  source text not null check (source in ('intake', 'vetting', 'matching', 'notification')),
  at timestamptz not null,
  sequence bigint not null,
  numbers jsonb not null,
  primary key (activation_id, source)
);

do $$
declare name text;
begin
  foreach name in array array['activation', 'decision_log', 'need', 'promise_outcome', 'activation_tally'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy of_forum on %I using (forum_in_scope(forum_id)) with check (forum_in_scope(forum_id))', name);
  end loop;
end $$;

grant select, insert, update on activation, need to :"role";
grant select, insert on decision_log, promise_outcome to :"role";
grant select, insert, update, delete on activation_tally to :"role";
