"""Pictures of the registry (SVG), for any page to embed: followers over time, and rankings."""
