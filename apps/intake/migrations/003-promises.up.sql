set local lock_timeout = '1s';

-- A promise that a message will keep, until that message was sent or the time was up.
create table promise_closing (
  application_id uuid not null,
  forum_id uuid not null,
  activation_id uuid not null,
  number integer not null,
  due_at timestamptz not null,
  message_id uuid not null,
  news boolean not null,
  -- Every way to the person failed; or the verdict that was given while nothing had been heard.
  failed_at timestamptz,
  judged text check (judged in ('broken', 'not-reached')),
  primary key (application_id, number),
  foreign key (forum_id, application_id) references application (forum_id, id)
);
create index promise_closing_message on promise_closing (message_id);
create index promise_closing_due on promise_closing (due_at) where judged is null;

-- What became of each promise; a later row for the same one corrects an earlier "broken".
create table promise_outcome (
  id bigint generated always as identity primary key,
  application_id uuid not null,
  forum_id uuid not null,
  activation_id uuid not null,
  number integer not null,
  outcome text not null check (outcome in ('kept-with-news', 'kept-no-news', 'not-reached', 'broken')),
  due_at timestamptz not null,
  judged_at timestamptz not null
);
create index promise_outcome_of on promise_outcome (application_id, number);

-- Up to when notification's facts have been read; judging waits for it.
create table read_until (
  source text primary key,
  at timestamptz not null
);

-- Held back: more than three messages a day to a contact that nobody confirmed (S13).
create table held_message (
  message_id uuid primary key,
  application_id uuid not null,
  forum_id uuid not null,
  kind text not null,
  urgency text not null,
  facts jsonb not null,
  held_at timestamptz not null,
  release_on date not null,
  foreign key (forum_id, application_id) references application (forum_id, id)
);
create index held_message_release on held_message (release_on);
create index held_message_of on held_message (application_id);

-- Counters are appended deltas that a sweeper folds: no shared row on a hot path.
create table tally_delta (
  id bigint generated always as identity primary key,
  activation_id uuid not null,
  counter text not null,
  delta integer not null
);
create table tally (
  activation_id uuid not null,
  counter text not null,
  value bigint not null,
  primary key (activation_id, counter)
);
create table tally_published (
  activation_id uuid primary key,
  version integer not null,
  said text not null,
  at timestamptz not null
);

grant select, insert, update, delete on promise_closing, held_message to :"role";
grant select, insert, update, delete on tally_delta to :"role";
grant select, insert on promise_outcome to :"role";
grant select, insert, update on read_until, tally, tally_published to :"role";
