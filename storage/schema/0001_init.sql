-- Schema version 1. Times are integer nanoseconds since 1970-01-01T00:00:00Z (`_ns`).
-- Small integer keys stand for stations, instruments, channels and models, so that a pick row
-- stays near 70 bytes and its two indexes near 20.

CREATE TABLE stations (
  station_key   INTEGER PRIMARY KEY,
  network       TEXT NOT NULL,
  station       TEXT NOT NULL,
  latitude_deg  REAL CHECK (latitude_deg BETWEEN -90.0 AND 90.0),
  longitude_deg REAL CHECK (longitude_deg BETWEEN -180.0 AND 180.0),
  elevation_m   REAL,
  site          TEXT NOT NULL DEFAULT '',
  UNIQUE (network, station),
  CHECK ((latitude_deg IS NULL) = (longitude_deg IS NULL))
) STRICT;

-- Bounding boxes of single points; 32-bit floats, rounded outwards by SQLite, so a query checks
-- the exact coordinates again. Stations without coordinates are not in it.
CREATE VIRTUAL TABLE station_boxes USING rtree (
  station_key, min_latitude_deg, max_latitude_deg, min_longitude_deg, max_longitude_deg
);
CREATE TRIGGER stations_boxed_on_insert AFTER INSERT ON stations
WHEN new.latitude_deg IS NOT NULL BEGIN
  INSERT INTO station_boxes VALUES (new.station_key, new.latitude_deg, new.latitude_deg,
                                    new.longitude_deg, new.longitude_deg);
END;
CREATE TRIGGER stations_boxed_on_update
AFTER UPDATE OF station_key, latitude_deg, longitude_deg ON stations BEGIN
  DELETE FROM station_boxes WHERE station_key = old.station_key;
  INSERT INTO station_boxes
    SELECT new.station_key, new.latitude_deg, new.latitude_deg,
           new.longitude_deg, new.longitude_deg
    WHERE new.latitude_deg IS NOT NULL;
END;
CREATE TRIGGER stations_unboxed_on_delete AFTER DELETE ON stations BEGIN
  DELETE FROM station_boxes WHERE station_key = old.station_key;
END;

CREATE TABLE instruments (
  instrument_key INTEGER PRIMARY KEY,
  station_key    INTEGER NOT NULL REFERENCES stations,
  location       TEXT NOT NULL,
  band           TEXT NOT NULL,
  source         TEXT NOT NULL,
  UNIQUE (station_key, location, band, source)
) STRICT;

-- The rate is the newest one; when it changed is in continuity. NULL until a record told.
CREATE TABLE channels (
  channel_key      INTEGER PRIMARY KEY,
  instrument_key   INTEGER NOT NULL REFERENCES instruments,
  subsource        TEXT NOT NULL,
  sampling_rate_hz REAL CHECK (sampling_rate_hz > 0.0),
  first_sample_ns  INTEGER,
  last_sample_ns   INTEGER,
  UNIQUE (instrument_key, subsource)
) STRICT;

CREATE TABLE models (
  model_key     INTEGER PRIMARY KEY,
  model_id      TEXT NOT NULL,
  model_hash    TEXT NOT NULL,
  manifest_json TEXT,
  first_used_ns INTEGER NOT NULL,
  UNIQUE (model_hash, model_id)
) STRICT;

-- stopped_ns stays NULL when the process was killed or the machine went down.
CREATE TABLE runs (
  run_key     INTEGER PRIMARY KEY,
  started_ns  INTEGER NOT NULL,
  stopped_ns  INTEGER,
  version     TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  reason      TEXT,
  summary_json TEXT  -- what the run counted, as geod status shows it
) STRICT;

-- pick_key ascends in the order of commits.
CREATE TABLE picks (
  pick_key       INTEGER PRIMARY KEY,
  pick_id        INTEGER NOT NULL,  -- the 64 bits of Pick::pick_id
  instrument_key INTEGER NOT NULL REFERENCES instruments,
  phase          TEXT NOT NULL CHECK (phase IN ('P', 'S')),
  time_ns        INTEGER NOT NULL,
  uncertainty_s  REAL NOT NULL CHECK (uncertainty_s >= 0.0),
  probability    REAL NOT NULL CHECK (probability BETWEEN 0.0 AND 1.0),
  score          REAL NOT NULL CHECK (score BETWEEN 0.0 AND 1.0),
  components     TEXT NOT NULL,
  model_key      INTEGER NOT NULL REFERENCES models,
  run_key        INTEGER NOT NULL REFERENCES runs,
  inserted_ns    INTEGER NOT NULL
) STRICT;
-- Both end in the rowid, so they give the order (time_ns, pick_key) without sorting. Phase and
-- probability have no index: they select too many rows to pay for one on every insert.
CREATE INDEX picks_by_time ON picks (time_ns);
CREATE INDEX picks_by_instrument ON picks (instrument_key, time_ns);

-- Gaps, overlaps, steps: where two records of a channel met. A replay tells the same again, hence
-- the unique key.
CREATE TABLE continuity (
  continuity_key INTEGER PRIMARY KEY,
  channel_key    INTEGER NOT NULL REFERENCES channels,
  kind           TEXT NOT NULL,
  from_ns        INTEGER NOT NULL,
  to_ns          INTEGER NOT NULL,
  detail         TEXT NOT NULL,
  run_key        INTEGER NOT NULL REFERENCES runs,
  UNIQUE (channel_key, from_ns, to_ns, kind)
) STRICT;
CREATE INDEX continuity_by_time ON continuity (from_ns);

-- Seconds of an hour in which an instrument was looked at (scored) and not (masked), and the part of
-- the hour they speak of. What is told of that part a second time, after a restart or by a replay, is
-- not counted again.
CREATE TABLE completeness (
  instrument_key INTEGER NOT NULL REFERENCES instruments,
  hour_ns        INTEGER NOT NULL CHECK (hour_ns % 3600000000000 = 0),
  scored_s       REAL NOT NULL CHECK (scored_s >= 0.0),
  masked_s       REAL NOT NULL CHECK (masked_s >= 0.0),
  from_ns        INTEGER NOT NULL,
  to_ns          INTEGER NOT NULL CHECK (to_ns > from_ns),
  PRIMARY KEY (instrument_key, hour_ns)
) STRICT, WITHOUT ROWID;
CREATE INDEX completeness_by_hour ON completeness (hour_ns);

-- How far each source was read; written in the transaction of the picks that it covers.
CREATE TABLE cursors (
  source     TEXT PRIMARY KEY,
  position   TEXT NOT NULL,
  updated_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
