"""What `make bench` measures: this service beside its framework's ceiling and beside Datasette, on the same rows."""
