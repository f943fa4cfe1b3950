-- Its insert is the check for duplicates; ids are time-ordered, so the index grows at one end and is emptied at the other.
create table inbox (
  consumer text not null,
  event_id uuid not null,
  primary key (consumer, event_id)
);

-- Every consumer that ever started here.
create table consumer (
  name text primary key,
  consumer_group text not null,
  -- Nothing minted before is for it; null: everything is.
  since timestamptz,
  -- While it reads its topics from the beginning, the running delivery leaves its events out.
  catching_up boolean not null default false,
  started_at timestamptz not null default clock_timestamp()
);

-- Which building of the log a partition was last read from.
create table log_epoch (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  epoch bigint not null,
  primary key (consumer_group, topic, partition)
);

-- The one place of retry. Letters of one consumer and key are worked off in `seq` order; the first is the one at fault.
create table dead_letter (
  id uuid primary key default uuidv7(),
  seq bigint generated always as identity,
  consumer text not null,
  event_id uuid not null,
  type text,
  topic text not null,
  partition integer not null,
  log_offset bigint not null,
  key text not null,
  forum_id uuid,
  headers jsonb not null,
  body bytea,
  original bytea,
  state text not null check (state in ('retrying', 'parked', 'following', 'replayed', 'discarded')),
  reason text not null,
  attempts integer not null default 0,
  next_try_at timestamptz,
  first_error text not null,
  last_error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  tried_at timestamptz,
  settled_at timestamptz,
  discard_asked_by uuid,
  check ((state = 'retrying') = (next_try_at is not null)),
  check ((state in ('replayed', 'discarded')) = (settled_at is not null)),
  unique (consumer, event_id)
);
create index dead_letter_open on dead_letter (consumer, key, seq) where state in ('retrying', 'parked', 'following');
create index dead_letter_due on dead_letter (next_try_at) where state = 'retrying';
create index dead_letter_key on dead_letter (key);

-- What people did to letters; never rewritten.
create table letter_act (
  id uuid primary key default uuidv7(),
  letter_id uuid not null,
  act text not null check (act in ('replay', 'edit', 'discard-asked', 'discard')),
  member_id uuid,
  reason text,
  outcome text not null,
  at timestamptz not null default clock_timestamp()
);
create index letter_act_letter on letter_act (letter_id);

grant select, insert, delete on inbox to :"role";
grant select, insert, update on consumer, log_epoch, dead_letter to :"role";
grant delete on dead_letter to :"role";
grant select, insert on letter_act to :"role";
