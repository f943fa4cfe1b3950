-- One installation serves many forums: every row carries its forum, references are composite, and nothing is visible
-- until the transaction has said which forum it works for ('*': all of them, for consumers and sweepers only).
create function forum_in_scope(forum uuid) returns boolean language sql stable
  return forum::text = current_setting('muster.forum', true) or current_setting('muster.forum', true) = '*';

create table forum (
  id uuid primary key default uuidv7(),
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,59}$'),
  name text not null check (length(name) between 2 and 80),
  nation text not null check (nation in ('england', 'wales', 'scotland', 'northern-ireland')),
  -- A forum is a partnership, not a legal body: somebody must be the data controller.
  controller text not null check (length(controller) between 2 and 120),
  controller_contact text not null check (length(controller_contact) between 3 and 200),
  desk_organisation_id uuid,
  created_at timestamptz not null default now()
);

create table organisation (
  id uuid primary key default uuidv7(),
  forum_id uuid not null references forum (id),
  kind text not null check (kind in ('category-1', 'category-2', 'infrastructure-body', 'volunteer-involving', 'community-group', 'collective', 'national')),
  name text not null check (length(name) between 2 and 80),
  created_at timestamptz not null default now(),
  unique (forum_id, id),
  unique (forum_id, name)
);

alter table forum add constraint forum_desk_fk foreign key (id, desk_organisation_id) references organisation (forum_id, id);

create table hub (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  organisation_id uuid not null,
  name text not null check (length(name) between 2 and 80),
  outward_code text check (outward_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]?$'),
  created_at timestamptz not null default now(),
  unique (forum_id, id),
  unique (forum_id, name),
  foreign key (forum_id, organisation_id) references organisation (forum_id, id)
);

-- No code stands in two catchments of one forum: the primary key says so.
create table catchment (
  forum_id uuid not null,
  outward_code text not null check (outward_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]?$'),
  organisation_id uuid not null,
  district text not null check (length(district) between 2 and 80),
  primary key (forum_id, outward_code),
  foreign key (forum_id, organisation_id) references organisation (forum_id, id)
);

create table member (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  organisation_id uuid not null,
  issuer text not null check (length(issuer) between 8 and 300),
  subject text not null check (length(subject) between 1 and 255),
  -- What colleagues call the desk, 'Duty officer'; shown beside decisions.
  display_name text not null check (length(display_name) between 2 and 80),
  roles text[] not null check (cardinality(roles) > 0 and roles <@ array['duty-officer', 'approver', 'hub-coordinator', 'vetting-officer', 'call-handler', 'referrer', 'operator', 'auditor']),
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  unique (forum_id, id),
  foreign key (forum_id, organisation_id) references organisation (forum_id, id)
);
create unique index member_identity on member (issuer, subject) where ended_at is null;

create table partner_key (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  organisation_id uuid not null,
  name text not null check (length(name) between 2 and 80),
  key_hash bytea not null unique check (length(key_hash) = 32),
  scopes text[] not null,
  -- Null: every activation of the forum.
  activation_ids uuid[],
  per_minute integer not null check (per_minute > 0),
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  foreign key (forum_id, organisation_id) references organisation (forum_id, id)
);

create table sign_in_attempt (
  id_hash bytea primary key,
  state text not null,
  nonce text not null,
  code_verifier text not null,
  return_to text not null,
  expires_at timestamptz not null
);

create table staff_session (
  id uuid primary key,
  forum_id uuid not null,
  member_id uuid not null,
  started_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz,
  check (ends_at > started_at and ends_at <= started_at + interval '1 hour'),
  foreign key (forum_id, member_id) references member (forum_id, id)
);
create index staff_session_ended on staff_session (ends_at) where ended_at is not null;

-- Who did and who saw what; the run-time role can only add.
create table audit (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  at timestamptz not null,
  member_id uuid not null,
  act text not null check (act ~ '^[a-z][a-z0-9-]{2,60}$'),
  subject text not null check (subject ~ '^[a-z][a-z0-9-]{1,40}$'),
  subject_id uuid,
  subject_version integer,
  foreign key (forum_id, member_id) references member (forum_id, id)
);
create index audit_by_subject on audit (subject_id);

create table disclosure (
  id uuid primary key default uuidv7(),
  forum_id uuid not null,
  at timestamptz not null,
  member_id uuid not null,
  subject text not null check (subject ~ '^[a-z][a-z0-9-]{1,40}$'),
  subject_id uuid not null,
  fields text[] not null,
  purpose text not null check (purpose ~ '^[a-z][a-z0-9-]{2,60}$'),
  foreign key (forum_id, member_id) references member (forum_id, id)
);
create index disclosure_by_subject on disclosure (subject_id);

do $$
declare name text;
begin
  foreach name in array array['organisation', 'hub', 'catchment', 'member', 'partner_key', 'staff_session', 'audit', 'disclosure'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy of_forum on %I using (forum_in_scope(forum_id)) with check (forum_in_scope(forum_id))', name);
  end loop;
end $$;
alter table forum enable row level security;
create policy of_forum on forum using (forum_in_scope(id)) with check (forum_in_scope(id));

grant select on forum to :"role";
grant select, insert on organisation, hub to :"role";
grant select on catchment to :"role";
grant select on member, partner_key to :"role";
grant update (ended_at) on member to :"role";
grant update (revoked_at) on partner_key to :"role";
grant select, insert, delete on sign_in_attempt to :"role";
grant select, insert, delete on staff_session to :"role";
grant update (ended_at) on staff_session to :"role";
grant select, insert on audit, disclosure to :"role";
