-- Schema version 5: events found by several ranges at once.

-- Where, how large and when, of what is preferred of each event, as points of four dimensions: a
-- box that is narrow in several of them leads to few events where each range by itself leaves many.
-- It replaces event_boxes. Times are in Julian years since 1970: a tree divides well what is about
-- as wide in every dimension. 32-bit floats, rounded outwards by SQLite (a time to two minutes), so
-- a query checks the exact values again. Events without a magnitude stand below all others, as in
-- events_by_magnitude.
DROP TRIGGER events_boxed_on_insert;
DROP TRIGGER events_boxed_on_update;
DROP TABLE event_boxes;
CREATE VIRTUAL TABLE event_ranges USING rtree (
  event_key, min_latitude_deg, max_latitude_deg, min_longitude_deg, max_longitude_deg,
  min_magnitude, max_magnitude, min_time_years, max_time_years
);
INSERT INTO event_ranges
  SELECT event_key, latitude_deg, latitude_deg, longitude_deg, longitude_deg,
         ifnull(magnitude, -1000.0), ifnull(magnitude, -1000.0),
         time_ns / 31557600e9, time_ns / 31557600e9
  FROM events;
CREATE TRIGGER events_ranged_on_insert AFTER INSERT ON events BEGIN
  INSERT INTO event_ranges VALUES (
    new.event_key, new.latitude_deg, new.latitude_deg, new.longitude_deg, new.longitude_deg,
    ifnull(new.magnitude, -1000.0), ifnull(new.magnitude, -1000.0),
    new.time_ns / 31557600e9, new.time_ns / 31557600e9);
END;
CREATE TRIGGER events_ranged_on_update
AFTER UPDATE OF latitude_deg, longitude_deg, magnitude, time_ns ON events
WHEN new.latitude_deg <> old.latitude_deg OR new.longitude_deg <> old.longitude_deg
  OR new.magnitude IS NOT old.magnitude OR new.time_ns <> old.time_ns
BEGIN
  DELETE FROM event_ranges WHERE event_key = old.event_key;
  INSERT INTO event_ranges VALUES (
    new.event_key, new.latitude_deg, new.latitude_deg, new.longitude_deg, new.longitude_deg,
    ifnull(new.magnitude, -1000.0), ifnull(new.magnitude, -1000.0),
    new.time_ns / 31557600e9, new.time_ns / 31557600e9);
END;
