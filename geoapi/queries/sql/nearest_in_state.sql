  -- {state}: the nearest stations that the index lets through, each held against its exact
  -- interval at the moment the walker gets there; as many for each kind asked for, or in all
  -- where every kind is
  SELECT
    '{state}' AS state,
    kind.id AS search,
    near.*
  FROM {kinds} AS kind (id)
  CROSS JOIN LATERAL (
    SELECT
      slot.station_id,
      slot.geog <-> %(here)s::geography AS sphere_m,
      straight.distance_m,
      exact.starts_at,
      exact.ends_at,
      exact.reason,
      exact.parts
    FROM station_slot AS slot
    -- OFFSET 0, here and below, keeps what is worked out from being worked out at every mention
    CROSS JOIN LATERAL (
      SELECT ST_Distance(slot.geog, %(here)s::geography) AS distance_m
      OFFSET 0
    ) AS straight
    CROSS JOIN LATERAL (
      SELECT
        %(at)s::timestamptz + make_interval(secs => straight.distance_m * %(seconds_per_metre)s::float8) AS arrival
      OFFSET 0
    ) AS walk
    CROSS JOIN LATERAL (
      -- intervals of one state do not overlap: the first to end after the arrival is the only candidate
      SELECT i.starts_at, i.ends_at, i.reason, i.parts
      FROM open_interval AS i
      WHERE i.schedule_id = slot.schedule_id
        AND i.state = '{state}'
        AND i.ends_at > walk.arrival
      ORDER BY i.ends_at
      LIMIT 1
    ) AS exact
    WHERE slot.state = '{state}'
      {of_kind}
      AND slot.minutes && %(minutes)s::int4multirange
      AND slot.days && %(days)s::int4range
      AND ST_DWithin(slot.geog, %(here)s::geography, %(radius_m)s::float8)
      AND {holds}
      {amenities}
    ORDER BY slot.geog <-> %(here)s::geography
    LIMIT {fetch}
  ) AS near
