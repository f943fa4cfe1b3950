-- What a route answered to an Idempotency-Key; id is a hash of caller, route and key.
create table idempotency (
  id bytea primary key check (octet_length(id) = 32),
  body_hash bytea not null check (octet_length(body_hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  status smallint check (status between 100 and 599),
  headers jsonb,
  body text check (octet_length(body) <= 262144)
);
create index idempotency_expires_at on idempotency (expires_at);
grant select, insert, update, delete on idempotency to :"role";
