-- Schema version 2: adapter bundles, what the scalar tasks say of picks, single-station locations,
-- and the picks of a candidate that runs in shadow.

CREATE TABLE adapters (
  adapter_key   INTEGER PRIMARY KEY,
  adapter_id    TEXT NOT NULL,  -- name and version of the bundle
  adapter_hash  TEXT NOT NULL,
  task          TEXT NOT NULL,
  manifest_json TEXT,
  first_used_ns INTEGER NOT NULL,
  UNIQUE (adapter_hash, adapter_id)
) STRICT;

-- NULL: the model's own head made the pick, as it did every pick of version 1.
ALTER TABLE picks ADD COLUMN adapter_key INTEGER REFERENCES adapters;

-- The rows of one pick lie together. Another bundle of a task adds its own row; the one inserted
-- last is shown. pmp: value is the probability of up, without uncertainty. baz: degrees. emg:
-- magnitude. dis: km. Uncertainty: one standard deviation in the unit of the value.
CREATE TABLE estimates (
  pick_key    INTEGER NOT NULL REFERENCES picks,
  task        TEXT NOT NULL CHECK (task IN ('pmp', 'baz', 'emg', 'dis')),
  role        TEXT NOT NULL CHECK (role IN ('active', 'shadow')),
  adapter_key INTEGER NOT NULL REFERENCES adapters,
  value       REAL NOT NULL,
  uncertainty REAL CHECK (uncertainty >= 0.0),
  windows     INTEGER NOT NULL CHECK (windows > 0),
  model_key   INTEGER NOT NULL REFERENCES models,
  run_key     INTEGER NOT NULL REFERENCES runs,
  inserted_ns INTEGER NOT NULL,
  PRIMARY KEY (pick_key, task, role, adapter_key)
) STRICT, WITHOUT ROWID;

-- An epicentre from one station. The first of a pick and its two bundles is kept, but one with S
-- takes the place of one without. Instrument and
-- time are the pick's, for the order of queries.
CREATE TABLE station_locations (
  location_key                 INTEGER PRIMARY KEY,
  pick_key                     INTEGER NOT NULL REFERENCES picks,
  instrument_key               INTEGER NOT NULL REFERENCES instruments,
  time_ns                      INTEGER NOT NULL,
  distance_km                  REAL NOT NULL CHECK (distance_km >= 0.0),
  distance_uncertainty_km      REAL NOT NULL CHECK (distance_uncertainty_km >= 0.0),
  back_azimuth_deg             REAL NOT NULL CHECK (back_azimuth_deg >= 0.0 AND back_azimuth_deg < 360.0),
  back_azimuth_uncertainty_deg REAL NOT NULL CHECK (back_azimuth_uncertainty_deg >= 0.0),
  s_minus_p_s                  REAL CHECK (s_minus_p_s > 0.0),  -- NULL: no S pick took part
  distance_adapter_key         INTEGER NOT NULL REFERENCES adapters,
  back_azimuth_adapter_key     INTEGER NOT NULL REFERENCES adapters,
  run_key                      INTEGER NOT NULL REFERENCES runs,
  inserted_ns                  INTEGER NOT NULL,
  UNIQUE (pick_key, distance_adapter_key, back_azimuth_adapter_key)
) STRICT;
CREATE INDEX station_locations_by_time ON station_locations (time_ns);
CREATE INDEX station_locations_by_instrument ON station_locations (instrument_key, time_ns);

-- What became of bundles: installed, refused, activated, rolled back.
CREATE TABLE adapter_log (
  log_key      INTEGER PRIMARY KEY,
  time_ns      INTEGER NOT NULL,
  task         TEXT NOT NULL,
  action       TEXT NOT NULL,
  adapter_id   TEXT NOT NULL,
  adapter_hash TEXT NOT NULL,
  reason       TEXT NOT NULL
) STRICT;

-- Picks of a candidate beside those of the active bundle; never shown as picks of the catalogue.
CREATE TABLE shadow_picks (
  pick_key       INTEGER PRIMARY KEY,
  pick_id        INTEGER NOT NULL,
  instrument_key INTEGER NOT NULL REFERENCES instruments,
  phase          TEXT NOT NULL CHECK (phase IN ('P', 'S')),
  time_ns        INTEGER NOT NULL,
  uncertainty_s  REAL NOT NULL CHECK (uncertainty_s >= 0.0),
  probability    REAL NOT NULL CHECK (probability BETWEEN 0.0 AND 1.0),
  score          REAL NOT NULL CHECK (score BETWEEN 0.0 AND 1.0),
  components     TEXT NOT NULL,
  model_key      INTEGER NOT NULL REFERENCES models,
  run_key        INTEGER NOT NULL REFERENCES runs,
  inserted_ns    INTEGER NOT NULL,
  adapter_key    INTEGER REFERENCES adapters
) STRICT;
CREATE INDEX shadow_picks_by_time ON shadow_picks (time_ns);
CREATE INDEX shadow_picks_by_instrument ON shadow_picks (instrument_key, time_ns);
