-- Frozen: part of migration 0008. Later changes belong in later migrations.

-- What a piece is to a map: 1 a main road, 2 a street, 3 a path. NULL where the network does not say, as in
-- those that were loaded before there was a rank: drawn as a street. Walking asks nothing of it.
ALTER TABLE network_edge ADD COLUMN rank smallint CHECK (rank BETWEEN 1 AND 3);
