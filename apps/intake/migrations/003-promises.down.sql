set local lock_timeout = '1s';
drop table tally_published, tally, tally_delta, held_message, read_until, promise_outcome, promise_closing;
