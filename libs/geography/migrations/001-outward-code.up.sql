set local lock_timeout = '1s';

create table geography.outward_code (
  outward_code text primary key check (outward_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]?$'),
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  district text not null,
  town text not null
);

-- Everybody of ours may read; nobody at run time may write. Roles exist before the libs' migrations run.
do $$
declare
  app text;
begin
  foreach app in array array['coordination', 'intake', 'vetting', 'matching', 'notification', 'operations'] loop
    if exists (select from pg_roles where rolname = app) then
      execute format('grant usage on schema geography to %I', app);
      execute format('grant select on geography.outward_code to %I', app);
    end if;
  end loop;
end $$;
