drop table disclosure, audit, staff_session, sign_in_attempt, partner_key, member, catchment, hub;
alter table forum drop constraint forum_desk_fk;
drop table organisation, forum;
drop function forum_in_scope;
