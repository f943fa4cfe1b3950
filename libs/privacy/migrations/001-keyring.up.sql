set local lock_timeout = '1s';

-- A partition per compartment: a right to contacts is a GRANT on one table and says nothing about the others (S4).
create table keyring.data_key (
  person_id uuid not null,
  compartment text not null,
  forum_id uuid not null,
  key_id text not null,
  wrapped bytea not null check (length(wrapped) = 60),
  primary key (compartment, person_id)
) partition by list (compartment);

create table keyring.data_key_contact partition of keyring.data_key for values in ('contact');
create table keyring.data_key_support partition of keyring.data_key for values in ('support');
create table keyring.data_key_checks partition of keyring.data_key for values in ('checks');
create table keyring.data_key_need partition of keyring.data_key for values in ('need');
create table keyring.data_key_equality partition of keyring.data_key for values in ('equality');
create table keyring.data_key_safeguarding partition of keyring.data_key for values in ('safeguarding');

-- Also kept outside the backup, and applied again before a restored stack opens.
create table keyring.erased (
  person_id uuid primary key,
  erased_at timestamptz not null default now()
);

create table keyring.blind_key (
  activation_id uuid not null,
  purpose text not null check (purpose in ('email', 'phone', 'name', 'certificate')),
  key_id text not null,
  -- Null: destroyed when the activation closed; no other takes its place.
  wrapped bytea check (length(wrapped) = 60),
  primary key (activation_id, purpose)
);
alter table keyring.blind_key enable row level security;
create policy by_purpose on keyring.blind_key
  using ((current_user = 'intake' and purpose <> 'certificate') or (current_user = 'vetting' and purpose = 'certificate'));

do $$
declare
  app text;
  compartment text;
  held record;
begin
  for held in
    select * from (values
      ('intake', 'contact', true), ('intake', 'support', true), ('intake', 'checks', true), ('intake', 'equality', true),
      ('vetting', 'checks', true),
      ('notification', 'contact', false),
      ('coordination', 'need', true)
    ) as rights (app, compartment, seals)
  loop
    continue when not exists (select from pg_roles where rolname = held.app);
    execute format('grant select on keyring.data_key_%s to %I', held.compartment, held.app);
    if held.seals then
      execute format('grant insert on keyring.data_key_%s to %I', held.compartment, held.app);
      execute format('grant update (key_id, wrapped) on keyring.data_key_%s to %I', held.compartment, held.app);
    end if;
  end loop;

  foreach app in array array['coordination', 'intake', 'vetting', 'matching', 'notification', 'operations'] loop
    continue when not exists (select from pg_roles where rolname = app);
    execute format('grant usage on schema keyring to %I', app);
    execute format('grant select on keyring.erased to %I', app);
  end loop;

  -- Whoever erases must be able to delete what they cannot read.
  foreach app in array array['intake', 'coordination'] loop
    continue when not exists (select from pg_roles where rolname = app);
    execute format('grant insert on keyring.erased to %I', app);
    foreach compartment in array array['contact', 'support', 'checks', 'need', 'equality', 'safeguarding'] loop
      execute format('grant select (person_id), delete on keyring.data_key_%s to %I', compartment, app);
    end loop;
  end loop;

  foreach app in array array['intake', 'vetting'] loop
    continue when not exists (select from pg_roles where rolname = app);
    execute format('grant select, insert, update (wrapped) on keyring.blind_key to %I', app);
  end loop;
end $$;
