set local lock_timeout = '1s';

create table activation (
  activation_id uuid primary key,
  forum_id uuid not null,
  state text not null,
  nation text not null,
  -- Titles, tiers and least ages of the plan's roles, by code.
  roles jsonb not null,
  sequence bigint not null,
  -- What demand looked like when the pool was last gone through.
  reviewed_demand text,
  reviewed_at timestamptz
);

create table need (
  need_id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  organisation_name text not null,
  role_code text not null,
  places integer not null check (places > 0),
  filled integer not null default 0,
  -- Offers that are out and unanswered.
  open integer not null default 0 check (open >= 0),
  accepted integer not null default 0,
  closed integer not null default 0,
  wave integer not null default 0,
  outward_code text,
  district text,
  latitude double precision,
  longitude double precision,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  skills jsonb not null,
  remote boolean not null,
  state text not null check (state in ('open', 'cancelled')),
  version integer not null default 0,
  sequence bigint not null,
  -- Offers or assignments remain that have lost their reason.
  wind_up boolean not null default false,
  -- When the pool was last searched for it, and whether that search had seen everybody.
  looked_at timestamptz,
  exhausted boolean not null default false,
  created_at timestamptz not null,
  -- A place is never given twice, whoever asks.
  check (filled between 0 and places)
);
create index need_wanting on need (activation_id) where state = 'open' and filled < places;
create index need_winding_up on need (need_id) where wind_up;

-- One person as matching sees them: what is in the clear, and their place in line.
create table member (
  application_id uuid primary key,
  activation_id uuid not null,
  forum_id uuid not null,
  pool text check (pool in ('active', 'reserve', 'left')),
  paused boolean not null default false,
  paused_until date,
  ended boolean not null default false,
  cleared_at timestamptz,
  tier text,
  cleared_roles jsonb not null default '[]',
  clearance_sequence bigint not null default 0,
  profile jsonb,
  profile_version integer not null default 0,
  latitude double precision,
  longitude double precision,
  offers_made integer not null default 0,
  open_offers integer not null default 0 check (open_offers >= 0),
  assigned integer not null default 0 check (assigned >= 0),
  version integer not null default 0,
  changed_at timestamptz not null
);
create index member_in_line on member (activation_id, offers_made, cleared_at, application_id)
  where pool in ('active', 'reserve') and not paused and open_offers = 0;
create index member_changed on member (activation_id, changed_at)
  where pool in ('active', 'reserve') and not paused and open_offers = 0;
create index member_pool on member (activation_id, offers_made, cleared_at, application_id) where pool in ('active', 'reserve');

create table offer (
  offer_id uuid primary key,
  need_id uuid not null references need,
  application_id uuid not null references member,
  activation_id uuid not null,
  forum_id uuid not null,
  -- `accepted` is the assignment.
  state text not null check (state in ('sent', 'accepted', 'declined', 'lapsed', 'withdrawn', 'refused', 'cancelled')),
  wave integer not null,
  made_at timestamptz not null,
  respond_by timestamptz not null,
  answered_at timestamptz,
  starts_at timestamptz not null,
  ends_at timestamptz not null
);
create unique index offer_once on offer (need_id, application_id) where state in ('sent', 'accepted');
create index offer_due on offer (respond_by) where state = 'sent';
create index offer_of_member on offer (application_id, made_at);
create index offer_live on offer (need_id) where state in ('sent', 'accepted');
create index offer_listed on offer (forum_id, made_at, offer_id);

-- Counters are appended deltas that one sweeper folds.
create table tally_delta (
  activation_id uuid not null,
  forum_id uuid not null,
  active integer not null,
  reserve integer not null,
  offered integer not null,
  assigned integer not null
);
create table tally (
  activation_id uuid primary key,
  forum_id uuid not null,
  version integer not null,
  active integer not null,
  reserve integer not null,
  offered integer not null,
  assigned integer not null,
  wanted integer not null default 0,
  filled integer not null default 0,
  -- The version last told to others.
  said_version integer not null default -1
);
-- How many people without a place are in line for a role.
create table line_delta (activation_id uuid not null, role_code text not null, people integer not null);
create table line (activation_id uuid not null, role_code text not null, people integer not null, primary key (activation_id, role_code));

-- Whoever reads for staff names their forum first and sees its rows only; consumers and sweepers serve every forum.
alter table offer enable row level security;
create policy of_forum on offer using (
  coalesce(current_setting('muster.forum', true), '') = '' or forum_id = nullif(current_setting('muster.forum', true), '')::uuid);

grant select, insert, update on activation, need, member, offer, tally, line to :"role";
grant select, insert, update, delete on tally_delta, line_delta to :"role";
