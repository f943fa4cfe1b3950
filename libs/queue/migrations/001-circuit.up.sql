set local lock_timeout = '1s';

create table circuit (
  name text primary key check (name ~ '^[a-z][a-z-]*$'),
  forced text check (forced in ('open', 'closed')),
  forced_by text not null,
  forced_at timestamptz not null
);
grant select, insert, update on circuit to :"role";
