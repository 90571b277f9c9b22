-- Frozen: part of migration 0007. Later changes belong in later migrations.

SELECT 1;
