"""What happens to every request: problems, parameters, paging, caching, files, the OpenAPI document."""
