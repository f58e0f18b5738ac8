-- Nobody signs in through another provider: the table was never written to.
drop table sluice.user_identities;
