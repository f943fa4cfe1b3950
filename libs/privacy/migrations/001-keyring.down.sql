set local lock_timeout = '1s';

drop table keyring.blind_key, keyring.erased, keyring.data_key;
