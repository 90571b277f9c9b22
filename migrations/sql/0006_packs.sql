-- Frozen: part of migration 0006. Later changes belong in later migrations.

SELECT 1;
