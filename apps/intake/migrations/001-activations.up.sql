set local lock_timeout = '1s';

-- What coordination said about an activation; intake adds only the mode of its own door.
create table activation (
  id uuid primary key,
  forum_id uuid not null,
  forum_name text not null,
  slug text not null unique,
  kind text not null check (kind in ('actual', 'exercise', 'test')),
  state text not null check (state in ('monitoring', 'standby', 'active', 'surge', 'standing-down', 'recovery', 'closed')),
  title jsonb not null,
  nation text not null check (nation in ('england', 'wales', 'scotland', 'northern-ireland')),
  opened_at timestamptz not null,
  state_at timestamptz not null,
  desk_id uuid not null,
  desk_name text not null,
  -- There is no mode that closes the door.
  mode text not null default 'open' check (mode in ('open', 'capped', 'interest-only')),
  mode_reason text,
  mode_until timestamptz,
  unique (forum_id, id)
);

create table activation_role (
  activation_id uuid not null,
  forum_id uuid not null,
  code text not null,
  position integer not null,
  title jsonb not null,
  tier text not null check (tier in ('low', 'medium', 'high')),
  checks text[] not null,
  minimum_age integer not null,
  remote boolean not null,
  skills text[] not null,
  mode text not null default 'open' check (mode in ('open', 'capped', 'interest-only')),
  mode_reason text,
  mode_until timestamptz,
  primary key (activation_id, code),
  foreign key (forum_id, activation_id) references activation (forum_id, id)
);

create table activation_owner (
  activation_id uuid not null,
  forum_id uuid not null,
  outward_code text not null,
  organisation_id uuid not null,
  name text not null,
  district text not null,
  primary key (activation_id, outward_code),
  foreign key (forum_id, activation_id) references activation (forum_id, id)
);

-- What is needed now, for the public page; two topics write it, whichever comes first makes the row.
create table need (
  id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  role_code text,
  places integer,
  filled integer not null default 0,
  filled_at timestamptz,
  district text,
  organisation_name text,
  starts_at timestamptz,
  ends_at timestamptz,
  remote boolean,
  cancelled_at timestamptz
);
create index need_of_activation on need (activation_id);

grant select, insert, update on activation, activation_role to :"role";
grant select, insert, update, delete on activation_owner, need to :"role";
