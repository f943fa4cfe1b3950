drop table activation_tally, promise_outcome, need, decision_log, activation;
