create table role_template (
  id uuid primary key default uuidv7(),
  forum_id uuid not null references forum (id),
  code text not null check (code ~ '^[a-z][a-z0-9]*(-[a-z0-9]+){0,5}$'),
  -- The role as a plan holds it; see PlannedRole.
  content jsonb not null,
  written_by uuid not null,
  written_at timestamptz not null default now(),
  unique (forum_id, code),
  foreign key (forum_id, written_by) references member (forum_id, id)
);

create table plan (
  id uuid primary key default uuidv7(),
  forum_id uuid not null references forum (id),
  title text not null check (length(title) between 2 and 120),
  hazard text not null check (hazard ~ '^[a-z][a-z0-9-]{1,39}$'),
  state text not null check (state in ('draft', 'in-review', 'approved', 'exercised', 'current', 'superseded')),
  version integer not null check (version > 0),
  -- What an activation will say in public, roles, functions; see PlanContent.
  content jsonb not null,
  author_id uuid not null,
  submitted_at timestamptz,
  approver_id uuid,
  approved_version integer,
  approved_at timestamptz,
  exercised_at timestamptz,
  created_at timestamptz not null default now(),
  unique (forum_id, id),
  -- Nobody approves their own work, and an approval names the version it saw (S20).
  check (approver_id <> author_id),
  check ((state in ('approved', 'exercised', 'current')) <= (approver_id is not null and approved_version is not distinct from version and approved_at is not null)),
  foreign key (forum_id, author_id) references member (forum_id, id),
  foreign key (forum_id, approver_id) references member (forum_id, id)
);

create table plan_version (
  forum_id uuid not null,
  plan_id uuid not null,
  version integer not null check (version > 0),
  title text not null,
  content jsonb not null,
  written_by uuid not null,
  written_at timestamptz not null,
  primary key (plan_id, version),
  foreign key (forum_id, plan_id) references plan (forum_id, id),
  foreign key (forum_id, written_by) references member (forum_id, id)
);

do $$
declare name text;
begin
  foreach name in array array['role_template', 'plan', 'plan_version'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy of_forum on %I using (forum_in_scope(forum_id)) with check (forum_in_scope(forum_id))', name);
  end loop;
end $$;

grant select, insert on role_template to :"role";
grant select, insert, update on plan to :"role";
grant select, insert on plan_version to :"role";
