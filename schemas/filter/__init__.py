"""What a subscriber asks for: the tree of clauses (`tree`) and the reason codes with their words (`reasons`).

Evaluating a filter is the matcher's; here is only what several services need to agree on.
"""
