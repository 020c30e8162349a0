-- Who was let out of a lock that holds others besides: its name does not lock her again.
ALTER TABLE locked_identity ADD COLUMN is_freed INTEGER NOT NULL DEFAULT 0;
