"""The notifier's SQL, one function a statement.

`projections`: what it heard of others. `ledger`: one row a match. `leases`, `situation`, `deliveries`: what is sent, by whom,
and why.
"""
