"""Job boards, feeds and files, each in a file of its own: which addresses it knows, and how its pages are read."""
