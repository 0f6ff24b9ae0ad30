-- Schema version 7: where fibres lie by what their publishers tell.

-- From a time on, until the next row; before its first row a fibre lay as that says. A file of
-- catalog.fibres goes before it and is not kept here.
CREATE TABLE fibre_places (
  fibre_key INTEGER NOT NULL REFERENCES fibres,
  from_ns   INTEGER NOT NULL,
  -- JSON, ascending in channel: [[channel, latitude_deg, longitude_deg, elevation_m], ...]
  places    TEXT NOT NULL,
  run_key   INTEGER NOT NULL REFERENCES runs,
  PRIMARY KEY (fibre_key, from_ns)
) STRICT, WITHOUT ROWID;
