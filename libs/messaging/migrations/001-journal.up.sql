-- The truth of what happened here; append-only. `seq` orders it, the relay reads it behind its horizon.
create table journal (
  seq bigint generated always as identity (cache 1) primary key,
  id uuid not null default uuidv7(),
  type text not null constraint own_type check (starts_with(type, :'schema' || '.')),
  topic text not null constraint own_topic check (starts_with(topic, :'schema' || '.')),
  key text not null constraint short_key check (octet_length(key) between 1 and 200),
  data text not null constraint small_data check (octet_length(data) <= 65536),
  sequence bigint not null,
  at timestamptz not null,
  correlation_id uuid not null,
  causation_id uuid,
  traceparent text,
  forum_id uuid not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create index journal_key on journal (key);

-- One row: how far the log has acknowledged, and where each partition stood then, so that its forgetting is noticed.
create table relay_cursor (
  one boolean primary key default true check (one),
  seq bigint not null default 0,
  log_id text,
  acknowledged jsonb not null default '{}',
  epochs jsonb not null default '{}',
  again_until bigint not null default 0,
  again_topics text[] not null default '{}',
  moved_at timestamptz not null default clock_timestamp()
) with (fillfactor = 40);
insert into relay_cursor default values;

-- First the last number given out, then who may still be writing: once those are gone, everything up to the number is settled.
create function journal_horizon(seen bigint) returns table (last bigint, writers text[])
language plpgsql volatile as $$
begin
  -- Not `select last_value`: that takes no lock, and now and then sees what goes to the write-ahead log, 32 numbers ahead.
  last := coalesce(pg_sequence_last_value('journal_seq_seq'), 0);
  writers := '{}';
  if last > seen then
    select coalesce(array_agg(l.virtualtransaction), '{}') into writers
      from pg_locks l
     where l.locktype = 'relation' and l.relation = 'journal'::regclass and l.mode = 'RowExclusiveLock' and l.granted
       and l.database = (select oid from pg_database where datname = current_database());
  end if;
  return next;
end $$;

-- Nobody looks for rows by what they say: statistics of wide columns would be made for nothing, every few seconds in a surge.
alter table journal alter column data set statistics 0, alter column traceparent set statistics 0;

-- Deletes what is relayed and old; the app's role has no DELETE on the journal itself.
create function trim_journal(keep interval, slice integer) returns bigint
language plpgsql security definer set search_path = :"schema", pg_temp as $$
declare trimmed bigint;
begin
  if keep < interval '1 day' then
    raise exception 'journal rows are kept for a day at least' using errcode = '22023';
  end if;
  -- The old ones lie at the beginning: only a slice is looked at, however long the journal is.
  delete from journal j using (
    select o.seq from journal o
     where o.seq <= (select c.seq from relay_cursor c)
     order by o.seq limit least(slice, 1000)) old
   where j.seq = old.seq and j.recorded_at < clock_timestamp() - keep;
  get diagnostics trimmed = row_count;
  return trimmed;
end $$;

-- Takes out what an erased person's events said; that they happened stays. Whoever was not erased cannot be silenced.
create function scrub_journal(persons text[], spared text[]) returns bigint
language plpgsql security definer set search_path = :"schema", pg_temp as $$
declare scrubbed bigint;
begin
  if to_regclass('keyring.erased') is not null then
    execute 'select coalesce(array_agg(person_id::text), array[]::text[]) from keyring.erased where person_id::text = any ($1)'
      into persons using persons;
  end if;
  update journal set data = '{}' where key = any (persons) and type <> all (spared) and data <> '{}';
  get diagnostics scrubbed = row_count;
  return scrubbed;
end $$;

revoke all on function trim_journal(interval, integer), scrub_journal(text[], text[]) from public;
grant execute on function trim_journal(interval, integer), scrub_journal(text[], text[]) to :"role";
grant select, insert on journal to :"role";
grant select on journal_seq_seq to :"role";
grant select, update on relay_cursor to :"role";
