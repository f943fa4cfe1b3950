set local lock_timeout = '1s';

drop table tally, tally_delta, captured, message, recipient, activation;
