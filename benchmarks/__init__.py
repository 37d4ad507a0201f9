"""What `make bench` measures: this service and its peers on the same rows, after their answers were compared."""
