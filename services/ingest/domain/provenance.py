"""Of an item that was read from a source, and not pushed: which of the source's fields says what, and its terms of use."""

from pydantic import BaseModel, ConfigDict

from schemas.provenance import Origin, Terms


class Provenance(BaseModel):
    """It is kept with an item that cannot be taken, so that another try gives the same posting."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    terms: Terms
    origins: tuple[Origin, ...] = ()
    is_posting: bool = True
    """Whether the source's reader took it for one: if not, the item is what stands in the page, and no push format."""
