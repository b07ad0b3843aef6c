"""Ingest: takes postings from their publishers and tells the others what is new, what changed and what closed."""
