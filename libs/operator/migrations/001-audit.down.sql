drop table operator_call;
drop table operator_audit;
