s.id, s.kind_id, s.name_zh, s.name_en, s.address, s.lon, s.lat, s.district_code,
  d.name_zh AS district_zh, d.name_en AS district_en, s.amenity_ids, s.access_notes, s.phone, s.hours_text,
  s.time_zone, s.verified_at, s.version, s.source,
  ARRAY(
    SELECT out_of_order.amenity_id
    FROM amenity_outage AS out_of_order
    WHERE out_of_order.station_id = s.id AND out_of_order.during @> %(at)s::timestamptz
  ) AS out_of_order_ids,
  -- what enough people reported: few rows, and seldom any
  ARRAY(
    SELECT jsonb_build_array(report.kind, report.amenity_id, count(DISTINCT report.reporter), min(report.created_at))
    FROM station_report AS report
    WHERE report.station_id = s.id
      AND report.resolved_at IS NULL
      AND report.created_at > now() - make_interval(days => %(warning_days)s::integer)
    GROUP BY report.kind, report.amenity_id
    HAVING count(DISTINCT report.reporter) >= %(warning_reports)s::integer
    ORDER BY report.kind, report.amenity_id
  ) AS warnings
