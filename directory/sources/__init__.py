"""Sources: the lists and data sets that accounts are imported from, with their licences."""
