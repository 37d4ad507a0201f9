"""What `make bench` measures: this service against its framework's ceiling and against Datasette, on the same rows."""
