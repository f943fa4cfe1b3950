set local lock_timeout = '1s';

-- Only the hash of the token stands here; the content is sealed by a key derived from the token itself (S19).
create table draft (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  -- Of the form it was made with, keyed by the token: the same key with another form is refused.
  first_hash bytea not null check (octet_length(first_hash) = 32),
  sealed bytea not null check (octet_length(sealed) <= 100000),
  version integer not null,
  expires_at timestamptz not null
);
create index draft_expires on draft (expires_at);

grant select, insert, update, delete on draft to :"role";
