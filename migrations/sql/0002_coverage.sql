-- Frozen: part of migration 0002. Later changes belong in later migrations.

-- Demand -------------------------------------------------------------------------------

-- who is where, from one source: residents, outdoor workers, visitors …
CREATE TABLE demand_layer (
  id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  -- what a weight of one is: people, jobs, trips
  unit_zh text NOT NULL CHECK (unit_zh <> ''),
  unit_en text NOT NULL CHECK (unit_en <> ''),
  -- the day the figures are of, where it is known
  as_of date,
  source text NOT NULL CHECK (source <> ''),
  licence text,
  -- what one point stands for: itself, a square cell or a hexagon
  cell text NOT NULL CHECK (cell IN ('point', 'grid', 'h3')),
  -- edge of the square; of a point, how far apart two may be and still be one place
  cell_size_m double precision NOT NULL CHECK (cell_size_m > 0 AND cell_size_m < 'infinity'),
  h3_resolution smallint CHECK (h3_resolution BETWEEN 0 AND 15),
  -- how it was made: mapping, what it was spread over
  method jsonb NOT NULL DEFAULT '{}',
  points integer NOT NULL DEFAULT 0,
  total double precision NOT NULL DEFAULT 0,
  -- a new one with every load: what was worked out from the layer is out of date when this differs
  fingerprint text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((cell = 'h3') = (h3_resolution IS NOT NULL))
);

-- Positions are WGS-84. No foreign keys: a layer is written whole, by one loader.
CREATE TABLE demand_point (
  layer_id smallint NOT NULL,
  seq integer NOT NULL,
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  weight double precision NOT NULL CHECK (weight >= 0 AND weight < 'infinity'),
  -- the finest district that it lies in; NULL outside all of them
  district_code text,
  PRIMARY KEY (layer_id, seq)
);
CREATE INDEX demand_point_district ON demand_point (layer_id, district_code);

-- Walking networks ----------------------------------------------------------------------

CREATE TABLE network (
  id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
  source text NOT NULL CHECK (source <> ''),
  -- of the extract, where the file says it
  as_of date,
  nodes integer NOT NULL,
  edges integer NOT NULL,
  -- parts that nobody can walk between, and the share of the nodes in the largest
  islands integer NOT NULL,
  largest_share double precision NOT NULL,
  bounds geometry(Polygon, 4326) NOT NULL,
  report jsonb NOT NULL DEFAULT '{}',
  fingerprint text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE network_node (
  network_id smallint NOT NULL,
  -- 0, 1, 2 …: the row of the arrays that are made of them
  node integer NOT NULL,
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  PRIMARY KEY (network_id, node)
);

-- straight pieces between two nodes, walked from tail to head, and back where both_ways
CREATE TABLE network_edge (
  network_id smallint NOT NULL,
  tail integer NOT NULL,
  head integer NOT NULL,
  length_m double precision NOT NULL CHECK (length_m >= 0 AND length_m < 'infinity'),
  both_ways boolean NOT NULL
);
CREATE INDEX network_edge_network ON network_edge (network_id);

-- Targets --------------------------------------------------------------------------------

CREATE TABLE target (
  district_code text NOT NULL REFERENCES district (code),
  kind_id smallint NOT NULL REFERENCES kind (id),
  planned integer NOT NULL CHECK (planned >= 0),
  due date,
  source text NOT NULL CHECK (source <> ''),
  PRIMARY KEY (district_code, kind_id)
);
