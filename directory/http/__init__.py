"""HTTP, apart from any resource: requests, parameters, pagination, conditional requests, problems, files."""
