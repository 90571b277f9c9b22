s.id, s.kind_id, s.name_zh, s.name_en, s.address, s.lon, s.lat, s.district_code,
  d.name_zh AS district_zh, d.name_en AS district_en, s.amenity_ids, s.access_notes, s.phone, s.hours_text,
  s.time_zone, s.verified_at, s.version, s.source,
  ARRAY(
    SELECT out_of_order.amenity_id
    FROM amenity_outage AS out_of_order
    WHERE out_of_order.station_id = s.id AND out_of_order.during @> %(at)s::timestamptz
  ) AS out_of_order_ids
