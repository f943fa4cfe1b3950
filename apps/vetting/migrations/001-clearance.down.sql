set local lock_timeout = '1s';
drop table tally, tally_delta, disclosure, determination, certificate_claim, checks, case_file, requirement_policy, activation;
