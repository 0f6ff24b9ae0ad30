-- Schema version 6: amplitudes of versions that have no magnitude made of them.

-- Where no station counts (all clipped, in noise or too far) there is no magnitude that the
-- amplitudes could stand under; they are kept with the reason why each does not count.
CREATE TABLE uncounted_amplitudes (
  version_key    INTEGER NOT NULL REFERENCES event_versions,
  number         INTEGER NOT NULL,
  channel_key    INTEGER NOT NULL REFERENCES channels,
  value_nm       REAL NOT NULL,
  period_s       REAL NOT NULL,
  time_ns        INTEGER NOT NULL,
  window_from_ns INTEGER NOT NULL,
  window_to_ns   INTEGER NOT NULL,
  snr            REAL NOT NULL,
  use            TEXT NOT NULL
                 CHECK (use IN ('used', 'clipped', 'low_snr', 'too_far', 'outlier')),
  PRIMARY KEY (version_key, number)
) STRICT, WITHOUT ROWID;
