-- Schema version 4: events. What was told of an event automatically, version by version, and what
-- people said of it, review by review. No row of either is ever deleted; of a review nothing but the
-- event that it was matched to may change.

-- One row an event. The columns from time_ns on are what is preferred of it, for queries: the
-- preferred review's, else the newest version's; the automatic magnitude where a review has none.
-- An event with neither version nor review is one whose only review was matched to another later.
CREATE TABLE events (
  event_key         INTEGER PRIMARY KEY,
  event_id          INTEGER UNIQUE,  -- the 64 bits of EventVersion::event_id; NULL: a review alone
  first_inserted_ns INTEGER NOT NULL,
  updated_ns        INTEGER NOT NULL,  -- commit of the newest version or review
  version_key       INTEGER REFERENCES event_versions,  -- the newest one
  review_key        INTEGER REFERENCES reviews,         -- the preferred one
  is_withdrawn      INTEGER NOT NULL DEFAULT 0 CHECK (is_withdrawn IN (0, 1)),
  time_ns           INTEGER NOT NULL,
  latitude_deg      REAL NOT NULL,
  longitude_deg     REAL NOT NULL,
  depth_km          REAL,
  magnitude         REAL,
  magnitude_type    TEXT,
  quality           TEXT CHECK (quality IN ('A', 'B', 'C', 'D'))  -- NULL: reviewed
) STRICT;
CREATE INDEX events_by_time ON events (time_ns);
-- Events without a magnitude stand below all others.
CREATE INDEX events_by_magnitude ON events (ifnull(magnitude, -1000.0), time_ns);
CREATE INDEX events_by_update ON events (updated_ns);
CREATE INDEX events_by_depth ON events (depth_km);
CREATE INDEX events_by_magnitude_type ON events (magnitude_type);
CREATE INDEX events_by_quality ON events (quality);
CREATE INDEX events_reviewed ON events (review_key) WHERE review_key IS NOT NULL;
CREATE INDEX events_withdrawn ON events (is_withdrawn) WHERE is_withdrawn = 1;

-- Epicentres as station_boxes.
CREATE VIRTUAL TABLE event_boxes USING rtree (
  event_key, min_latitude_deg, max_latitude_deg, min_longitude_deg, max_longitude_deg
);
CREATE TRIGGER events_boxed_on_insert AFTER INSERT ON events BEGIN
  INSERT INTO event_boxes VALUES (new.event_key, new.latitude_deg, new.latitude_deg,
                                  new.longitude_deg, new.longitude_deg);
END;
CREATE TRIGGER events_boxed_on_update AFTER UPDATE OF latitude_deg, longitude_deg ON events
WHEN new.latitude_deg <> old.latitude_deg OR new.longitude_deg <> old.longitude_deg BEGIN
  DELETE FROM event_boxes WHERE event_key = old.event_key;
  INSERT INTO event_boxes VALUES (new.event_key, new.latitude_deg, new.latitude_deg,
                                  new.longitude_deg, new.longitude_deg);
END;

-- version_key ascends in the order of commits. content_hash tells a version that comes again.
CREATE TABLE event_versions (
  version_key               INTEGER PRIMARY KEY,
  event_key                 INTEGER NOT NULL REFERENCES events,
  version                   INTEGER NOT NULL CHECK (version > 0),
  status                    TEXT NOT NULL
                            CHECK (status IN ('preliminary', 'updated', 'final', 'withdrawn')),
  kind                      TEXT NOT NULL CHECK (kind IN ('network', 'few_stations')),
  time_ns                   INTEGER NOT NULL,
  latitude_deg              REAL NOT NULL CHECK (latitude_deg BETWEEN -90.0 AND 90.0),
  longitude_deg             REAL NOT NULL CHECK (longitude_deg BETWEEN -180.0 AND 180.0),
  depth_km                  REAL NOT NULL,
  time_sigma_s              REAL NOT NULL CHECK (time_sigma_s >= 0.0),
  depth_sigma_km            REAL NOT NULL CHECK (depth_sigma_km >= 0.0),
  depth_is_fixed            INTEGER NOT NULL CHECK (depth_is_fixed IN (0, 1)),
  ellipse_major_km          REAL NOT NULL CHECK (ellipse_major_km >= 0.0),
  ellipse_minor_km          REAL NOT NULL CHECK (ellipse_minor_km >= 0.0),
  ellipse_major_azimuth_deg REAL NOT NULL,
  covariance_east_km2       REAL NOT NULL,
  covariance_north_km2      REAL NOT NULL,
  covariance_east_north_km2 REAL NOT NULL,
  standard_error_s          REAL NOT NULL,
  azimuthal_gap_deg         REAL NOT NULL,
  nearest_station_km        REAL NOT NULL,
  phases                    INTEGER NOT NULL,
  stations                  INTEGER NOT NULL,
  quality                   TEXT NOT NULL CHECK (quality IN ('A', 'B', 'C', 'D')),
  velocity_model            TEXT NOT NULL,
  log_odds                  REAL NOT NULL,
  content_hash              INTEGER NOT NULL,
  run_key                   INTEGER NOT NULL REFERENCES runs,
  inserted_ns               INTEGER NOT NULL,
  UNIQUE (event_key, version)
) STRICT;

-- Stations ("NET.STA") and fibres ("NET.CABLE") that have an arrival; reviews may name stations
-- that geod never saw.
CREATE TABLE sites (
  site_key INTEGER PRIMARY KEY,
  code     TEXT NOT NULL UNIQUE
) STRICT;

-- The arrivals of a version in its order: of a pick, or of a pick of an aperture of a fibre
-- (fibre_picks).
CREATE TABLE origin_arrivals (
  version_key               INTEGER NOT NULL REFERENCES event_versions,
  number                    INTEGER NOT NULL,
  site_key                  INTEGER NOT NULL REFERENCES sites,
  pick_key                  INTEGER REFERENCES picks,
  detection_key             INTEGER REFERENCES detections,
  fibre_phase               TEXT,
  fibre_channel             INTEGER,
  phase                     TEXT NOT NULL CHECK (phase IN ('P', 'S')),
  residual_s                REAL NOT NULL,
  distance_km               REAL NOT NULL,
  azimuth_deg               REAL NOT NULL,
  back_azimuth_residual_deg REAL NOT NULL,
  weight                    REAL NOT NULL CHECK (weight BETWEEN 0.0 AND 1.0),
  PRIMARY KEY (version_key, number),
  FOREIGN KEY (detection_key, fibre_phase, fibre_channel) REFERENCES fibre_picks,
  CHECK ((pick_key IS NULL) <> (detection_key IS NULL)),
  CHECK ((detection_key IS NULL) = (fibre_phase IS NULL)),
  CHECK ((detection_key IS NULL) = (fibre_channel IS NULL))
) STRICT, WITHOUT ROWID;

-- Magnitudes of a version, the preferred one with rank 0.
CREATE TABLE magnitudes (
  magnitude_key INTEGER PRIMARY KEY,
  version_key   INTEGER NOT NULL REFERENCES event_versions,
  rank          INTEGER NOT NULL CHECK (rank >= 0),
  type          TEXT NOT NULL,
  value         REAL NOT NULL,
  uncertainty   REAL NOT NULL CHECK (uncertainty >= 0.0),
  stations      INTEGER NOT NULL CHECK (stations >= 0),
  UNIQUE (version_key, rank)
) STRICT;
CREATE TABLE station_magnitudes (
  station_magnitude_key INTEGER PRIMARY KEY,
  magnitude_key         INTEGER NOT NULL REFERENCES magnitudes,
  instrument_key        INTEGER NOT NULL REFERENCES instruments,
  value                 REAL NOT NULL,
  residual              REAL NOT NULL,
  weight                REAL NOT NULL CHECK (weight BETWEEN 0.0 AND 1.0),
  pick_id               INTEGER  -- the 64 bits; NULL: none
) STRICT;
CREATE INDEX station_magnitudes_by_magnitude ON station_magnitudes (magnitude_key);
CREATE TABLE amplitudes (
  amplitude_key         INTEGER PRIMARY KEY,
  station_magnitude_key INTEGER NOT NULL REFERENCES station_magnitudes,
  channel_key           INTEGER NOT NULL REFERENCES channels,
  value_nm              REAL NOT NULL,
  period_s              REAL NOT NULL,
  time_ns               INTEGER NOT NULL,
  window_from_ns        INTEGER NOT NULL,
  window_to_ns          INTEGER NOT NULL,
  snr                   REAL NOT NULL,
  use                   TEXT NOT NULL
                        CHECK (use IN ('used', 'clipped', 'low_snr', 'too_far', 'outlier'))
) STRICT;
CREATE INDEX amplitudes_by_station_magnitude ON amplitudes (station_magnitude_key);

-- Splits and merges: what version_key's event came from or went into. The other event may be
-- committed later, so it is named by its id.
CREATE TABLE event_links (
  link_key       INTEGER PRIMARY KEY,
  version_key    INTEGER NOT NULL REFERENCES event_versions,
  kind           TEXT NOT NULL CHECK (kind IN ('split_from', 'merged_into')),
  other_event_id INTEGER NOT NULL,
  UNIQUE (version_key, kind)
) STRICT;
CREATE INDEX event_links_by_other ON event_links (other_event_id);

-- What people, or other systems, say of events (QuakeML). The same content again is not stored;
-- another content under the same public_id is a row more.
CREATE TABLE reviews (
  review_key        INTEGER PRIMARY KEY,
  event_key         INTEGER NOT NULL REFERENCES events,
  public_id         TEXT NOT NULL,
  origin_public_id  TEXT NOT NULL,
  agency            TEXT NOT NULL,
  author            TEXT NOT NULL,
  created_ns        INTEGER,
  type              TEXT NOT NULL,
  description       TEXT NOT NULL,
  evaluation_mode   TEXT NOT NULL,
  evaluation_status TEXT NOT NULL,
  time_ns           INTEGER NOT NULL,
  latitude_deg      REAL NOT NULL CHECK (latitude_deg BETWEEN -90.0 AND 90.0),
  longitude_deg     REAL NOT NULL CHECK (longitude_deg BETWEEN -180.0 AND 180.0),
  depth_km          REAL,
  standard_error_s  REAL,
  azimuthal_gap_deg REAL,
  content_hash      INTEGER NOT NULL,
  inserted_ns       INTEGER NOT NULL,
  UNIQUE (public_id, content_hash)
) STRICT;
CREATE INDEX reviews_by_event ON reviews (event_key);

CREATE TABLE review_arrivals (
  review_key      INTEGER NOT NULL REFERENCES reviews,
  number          INTEGER NOT NULL,
  site_key        INTEGER REFERENCES sites,  -- NULL: the file told no station
  pick_public_id  TEXT NOT NULL,
  network         TEXT NOT NULL,
  station         TEXT NOT NULL,
  location        TEXT NOT NULL,
  band            TEXT NOT NULL,
  source          TEXT NOT NULL,
  subsource       TEXT NOT NULL,
  phase_hint      TEXT NOT NULL,
  time_ns         INTEGER NOT NULL,
  uncertainty_s   REAL,
  polarity        TEXT NOT NULL,
  evaluation_mode TEXT NOT NULL,
  residual_s      REAL,
  distance_km     REAL,
  azimuth_deg     REAL,
  weight          REAL,
  PRIMARY KEY (review_key, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_magnitudes (
  review_key  INTEGER NOT NULL REFERENCES reviews,
  rank        INTEGER NOT NULL CHECK (rank >= 0),
  public_id   TEXT NOT NULL,
  type        TEXT NOT NULL,
  value       REAL NOT NULL,
  uncertainty REAL,
  stations    INTEGER,
  PRIMARY KEY (review_key, rank)
) STRICT, WITHOUT ROWID;

-- Which events a site, or a model and adapter, ever had part in: finds the few that a query must
-- look at; the arrivals of the newest version and of the reviews decide.
CREATE TABLE site_events (
  site_key  INTEGER NOT NULL REFERENCES sites,
  event_key INTEGER NOT NULL REFERENCES events,
  PRIMARY KEY (site_key, event_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE maker_events (
  model_key   INTEGER NOT NULL REFERENCES models,
  adapter_key INTEGER NOT NULL,  -- 0: the model's own head
  event_key   INTEGER NOT NULL REFERENCES events,
  PRIMARY KEY (model_key, adapter_key, event_key)
) STRICT, WITHOUT ROWID;

-- Who looked at the seconds of completeness and fibre_completeness: several in an hour in which a
-- bundle was changed.
CREATE TABLE completeness_makers (
  instrument_key INTEGER NOT NULL REFERENCES instruments,
  hour_ns        INTEGER NOT NULL CHECK (hour_ns % 3600000000000 = 0),
  model_key      INTEGER NOT NULL REFERENCES models,
  adapter_key    INTEGER NOT NULL,  -- 0: the model's own head
  PRIMARY KEY (instrument_key, hour_ns, model_key, adapter_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE fibre_completeness_makers (
  fibre_key   INTEGER NOT NULL REFERENCES fibres,
  hour_ns     INTEGER NOT NULL CHECK (hour_ns % 3600000000000 = 0),
  model_key   INTEGER NOT NULL REFERENCES models,
  adapter_key INTEGER NOT NULL,
  PRIMARY KEY (fibre_key, hour_ns, model_key, adapter_key)
) STRICT, WITHOUT ROWID;
-- Its last entry is the longest gap: how far before an hour one may begin that reaches into it.
CREATE INDEX continuity_by_duration ON continuity (to_ns - from_ns);
CREATE INDEX fibre_gaps_by_duration ON fibre_gaps (to_ns - from_ns);
