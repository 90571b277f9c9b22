-- Lay the slots of changed schedules and of changed stations into the spatial index.
CREATE TEMPORARY TABLE slotless_station ON COMMIT DROP AS
SELECT station_id FROM stale_station
UNION
SELECT t.station_id
FROM station_schedule AS t
JOIN changed_slots AS c USING (schedule_id);

DELETE FROM station_slot AS slot
USING slotless_station AS s
WHERE slot.station_id = s.station_id;

-- neighbours in space one after another make the index tighter and quicker to build
INSERT INTO station_slot (station_id, schedule_id, kind_id, state, minutes, days, geog, amenity_ids)
SELECT s.id, slot.schedule_id, s.kind_id, slot.state, slot.minutes, slot.days, s.geog, s.amenity_ids
FROM slotless_station
JOIN station AS s ON s.id = slotless_station.station_id
JOIN station_schedule AS t ON t.station_id = s.id
JOIN schedule_slot AS slot ON slot.schedule_id = t.schedule_id
ORDER BY slot.state, s.kind_id, slot.minutes, s.geog;
