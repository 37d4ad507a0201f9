"""How machines find us: catalogues of the data, links to the API, schemas of the records."""
