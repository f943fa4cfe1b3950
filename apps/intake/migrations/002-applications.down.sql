set local lock_timeout = '1s';
drop table disclosure, offer, complaint, task_answer, timeline, guardian, step_up, person_link, application;
