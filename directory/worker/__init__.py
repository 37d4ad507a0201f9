"""The worker: granian's RSGI on one side, the Flask application (WSGI) in threads on the other."""
