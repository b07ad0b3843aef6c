"""The nouns of ingest, pure: what a publisher pushes, what a posting becomes, what is decided about it."""
