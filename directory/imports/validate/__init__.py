"""From a record to a valid row, or to all that is wrong with it."""
