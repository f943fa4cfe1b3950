drop table plan_version, plan, role_template;
