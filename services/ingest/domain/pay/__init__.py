"""Pay before tax: a text, or what a source's fields state, enters; a range with its currency and period leaves, or nothing.

Bonuses, equity, funding and budgets are not pay. What would have to be guessed is absent.
"""

from services.ingest.domain.pay.fields import pay_of
from services.ingest.domain.pay.ranges import pay_in, to_the_cent

__all__ = ["pay_in", "pay_of", "to_the_cent"]
