set local lock_timeout = '1s';
drop table line, line_delta, tally, tally_delta, offer, member, need, activation;
