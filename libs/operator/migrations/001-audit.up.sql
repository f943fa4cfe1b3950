-- What operators did here, in the transaction of its effect; nobody may change or delete it (S20).
create table operator_audit (
  id uuid primary key default uuidv7(),
  at timestamptz not null,
  member_id uuid not null,
  forum_id uuid not null,
  act text not null check (act ~ '^[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)?$'),
  subject text check (length(subject) <= 200),
  arguments jsonb not null check (octet_length(arguments::text) <= 65536),
  outcome text not null check (outcome in ('done', 'refused')),
  reason_code text check (reason_code ~ '^[a-z][a-z0-9-]*$')
);
create index operator_audit_at on operator_audit (forum_id, at desc);
grant select, insert on operator_audit to :"role";

-- Ids of service tokens that were used: each is good once, for any instance of the app.
create table operator_call (
  jti uuid primary key,
  expires_at timestamptz not null
);
create index operator_call_expires_at on operator_call (expires_at);
grant select, insert, delete on operator_call to :"role";
