"""How people and partners come in: sign-up, confirmation, changes, endpoints, unsubscribe, erasure.

Every change is one transaction with its state event; see `states` for what leaves and in which order.
"""
