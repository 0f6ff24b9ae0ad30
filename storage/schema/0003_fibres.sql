-- Schema version 3: fibres (DAS), how they were sampled, the events detected on them, and what of
-- them was not looked at. Channels are numbers along the fibre, as its publisher counts them.

CREATE TABLE fibres (
  fibre_key INTEGER PRIMARY KEY,
  fibre_id  TEXT NOT NULL UNIQUE  -- "NET.CABLE"
) STRICT;

-- How the fibre was sampled from a time on, until the next row. Physical value = sample * scale.
CREATE TABLE fibre_geometries (
  geometry_key      INTEGER PRIMARY KEY,
  fibre_key         INTEGER NOT NULL REFERENCES fibres,
  from_ns           INTEGER NOT NULL,
  rate_numerator    INTEGER NOT NULL CHECK (rate_numerator > 0),  -- samples in
  rate_denominator  INTEGER NOT NULL CHECK (rate_denominator > 0),  -- so many seconds
  channels          INTEGER NOT NULL CHECK (channels > 0),
  first_channel     INTEGER NOT NULL,
  channel_stride    INTEGER NOT NULL CHECK (channel_stride <> 0),
  channel_spacing_m REAL CHECK (channel_spacing_m > 0.0),  -- between two numbers; NULL: not told
  gauge_length_m    REAL CHECK (gauge_length_m > 0.0),     -- NULL: not told
  unit              TEXT NOT NULL,
  scale             REAL NOT NULL,
  sample_type       TEXT NOT NULL,
  sample_order      TEXT NOT NULL,
  run_key           INTEGER NOT NULL REFERENCES runs,
  UNIQUE (fibre_key, from_ns)
) STRICT;

-- Events on a fibre. from_ns, to_ns, first_channel and last_channel bound the mask; what it is made
-- of lies in mask_runs, so that a listing does not turn its pages.
CREATE TABLE detections (
  detection_key         INTEGER PRIMARY KEY,
  detection_id          INTEGER NOT NULL,  -- the 64 bits of FibreDetection::detection_id
  fibre_key             INTEGER NOT NULL REFERENCES fibres,
  from_ns               INTEGER NOT NULL,
  to_ns                 INTEGER NOT NULL CHECK (to_ns > from_ns),
  first_channel         INTEGER NOT NULL,
  last_channel          INTEGER NOT NULL CHECK (last_channel >= first_channel),
  channels              INTEGER NOT NULL CHECK (channels > 0),  -- that the mask touches
  channel_spacing_m     REAL CHECK (channel_spacing_m > 0.0),   -- NULL: not told
  mean_probability      REAL NOT NULL CHECK (mean_probability BETWEEN 0.0 AND 1.0),
  max_probability       REAL NOT NULL CHECK (max_probability BETWEEN 0.0 AND 1.0),
  apparent_velocity_m_s REAL CHECK (apparent_velocity_m_s <> 0.0),  -- NULL: not known
  p_arrivals            INTEGER NOT NULL CHECK (p_arrivals >= 0),
  s_arrivals            INTEGER NOT NULL CHECK (s_arrivals >= 0),
  model_key             INTEGER NOT NULL REFERENCES models,
  adapter_key           INTEGER REFERENCES adapters,  -- NULL: the model's own head
  run_key               INTEGER NOT NULL REFERENCES runs,
  inserted_ns           INTEGER NOT NULL
) STRICT;
-- One event a model and adapter, whatever is replayed.
CREATE UNIQUE INDEX detections_once ON detections (detection_id, model_key, ifnull(adapter_key, 0));
CREATE INDEX detections_by_time ON detections (from_ns);
CREATE INDEX detections_by_fibre ON detections (fibre_key, from_ns);
-- Its last entry is the longest detection: how far before a span one may begin that reaches into it.
CREATE INDEX detections_by_duration ON detections (to_ns - from_ns);

-- The mask: its runs along time, channel by channel, packed (storage/README.md).
CREATE TABLE mask_runs (
  detection_key INTEGER PRIMARY KEY REFERENCES detections,
  runs          BLOB NOT NULL
) STRICT;

-- The first arrivals of a phase, channel by channel, packed (storage/README.md).
CREATE TABLE fibre_arrivals (
  arrivals_key  INTEGER PRIMARY KEY,
  detection_key INTEGER NOT NULL REFERENCES detections,
  phase         TEXT NOT NULL CHECK (phase IN ('P', 'S')),
  arrivals      BLOB NOT NULL,
  UNIQUE (detection_key, phase)
) STRICT;

-- Arrivals of an aperture as one, for the association with stations.
CREATE TABLE fibre_picks (
  detection_key INTEGER NOT NULL REFERENCES detections,
  phase         TEXT NOT NULL CHECK (phase IN ('P', 'S')),
  channel       INTEGER NOT NULL,  -- where time_ns holds
  first_channel INTEGER NOT NULL,  -- of the aperture, as the next
  last_channel  INTEGER NOT NULL CHECK (channel BETWEEN first_channel AND last_channel),
  arrivals      INTEGER NOT NULL CHECK (arrivals > 0),  -- that it was made of
  time_ns       INTEGER NOT NULL,
  uncertainty_s REAL NOT NULL CHECK (uncertainty_s >= 0.0),
  probability   REAL NOT NULL CHECK (probability BETWEEN 0.0 AND 1.0),
  PRIMARY KEY (detection_key, phase, channel)
) STRICT, WITHOUT ROWID;

-- What was not looked at, and why. A replay tells the same again, hence the unique key.
CREATE TABLE fibre_gaps (
  gap_key   INTEGER PRIMARY KEY,
  fibre_key INTEGER NOT NULL REFERENCES fibres,
  kind      TEXT NOT NULL,
  from_ns   INTEGER NOT NULL,
  to_ns     INTEGER NOT NULL,
  detail    TEXT NOT NULL,
  run_key   INTEGER NOT NULL REFERENCES runs,
  UNIQUE (fibre_key, from_ns, to_ns, kind)
) STRICT;
CREATE INDEX fibre_gaps_by_time ON fibre_gaps (from_ns);

-- As completeness, for fibres. channels: the fewest that were looked at together in that hour.
CREATE TABLE fibre_completeness (
  fibre_key INTEGER NOT NULL REFERENCES fibres,
  hour_ns   INTEGER NOT NULL CHECK (hour_ns % 3600000000000 = 0),
  scored_s  REAL NOT NULL CHECK (scored_s >= 0.0),
  masked_s  REAL NOT NULL CHECK (masked_s >= 0.0),
  from_ns   INTEGER NOT NULL,
  to_ns     INTEGER NOT NULL CHECK (to_ns > from_ns),
  channels  INTEGER NOT NULL CHECK (channels >= 0),
  PRIMARY KEY (fibre_key, hour_ns)
) STRICT, WITHOUT ROWID;
CREATE INDEX fibre_completeness_by_hour ON fibre_completeness (hour_ns);
