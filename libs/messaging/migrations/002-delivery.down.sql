drop table letter_act;
drop table dead_letter;
drop table log_epoch;
drop table consumer;
drop table inbox;
