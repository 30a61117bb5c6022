-- The external resources that a definition is made of: an object of texts by address, as they were when it was registered.
ALTER TABLE definitions ADD COLUMN resources TEXT;
