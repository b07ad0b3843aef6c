"""What is said of a filter that can hardly be meant."""

from pydantic import BaseModel, ConfigDict


class Warned(BaseModel):
    """Something about a filter that its owner should know."""

    model_config = ConfigDict(frozen=True)

    clause: str
    problem: str
