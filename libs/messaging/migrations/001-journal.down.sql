drop function scrub_journal(text[], text[]);
drop function trim_journal(interval, integer);
drop function journal_horizon(bigint);
drop table relay_cursor;
drop table journal;
