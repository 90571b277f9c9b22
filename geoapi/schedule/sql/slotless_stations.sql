-- The stations whose slots are to be laid anew: changed themselves, or of a schedule whose slots changed.
CREATE TEMPORARY TABLE slotless_station ON COMMIT DROP AS
SELECT station_id FROM stale_station
UNION
SELECT t.station_id
FROM station_schedule AS t
JOIN changed_slots AS c USING (schedule_id);

ANALYZE slotless_station;
