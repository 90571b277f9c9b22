exact.starts_at <= walk.arrival + %(stay)s::interval
      AND (exact.starts_at < walk.arrival + %(stay)s::interval OR %(stay)s::interval = interval '0')
      -- the whole stay is open or unknown, and some of it is unknown
      AND CASE
        WHEN exact.starts_at <= walk.arrival AND exact.ends_at >= walk.arrival + %(stay)s::interval THEN true
        ELSE (
          SELECT range_agg(tstzrange(piece.starts_at, piece.ends_at))
          FROM open_interval AS piece
          WHERE piece.schedule_id = slot.schedule_id
            AND piece.ends_at > walk.arrival
            AND piece.starts_at <= walk.arrival + %(stay)s::interval
        ) @> tstzrange(walk.arrival, walk.arrival + %(stay)s::interval, '[)')
      END
