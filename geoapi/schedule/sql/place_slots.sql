-- Lay the slots of the stations in {slotless} into the spatial index.
DELETE FROM station_slot AS slot
USING {slotless} AS slotless (id)
WHERE slot.station_id = slotless.id;

-- in strips of about a kilometre: neighbours share pages, and the index is tighter
INSERT INTO station_slot (station_id, schedule_id, kind_id, state, minutes, days, geog, amenity_ids)
SELECT s.id, slot.schedule_id, s.kind_id, slot.state, slot.minutes, slot.days, s.geog, s.amenity_ids
FROM {slotless} AS slotless (id)
JOIN station AS s USING (id)
JOIN station_schedule AS t ON t.station_id = s.id
JOIN schedule_slot AS slot ON slot.schedule_id = t.schedule_id
ORDER BY slot.state, floor(s.lat * 100), s.lon;
