"""The demo: people subscribe, postings are pushed, and one page shows what becomes of them."""
