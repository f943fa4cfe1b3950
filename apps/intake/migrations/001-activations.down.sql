set local lock_timeout = '1s';
drop table need, activation_owner, activation_role, activation;
