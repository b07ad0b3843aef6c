import pytest

from schemas.places import Gazetteer, gazetteer


@pytest.fixture(scope="session")
def places() -> Gazetteer:
    return gazetteer()
