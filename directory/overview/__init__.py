"""What this service is and holds: where every client begins."""
