"""The key of a request, and what it stands for."""

import time

import pytest

from services.ingest.domain.idempotency import BadKey, fingerprint, request_of


def key_of(*fields: str) -> str:
    request = request_of(fields, method="POST", path="/v1/postings", body=b"{}")
    assert request is not None
    return request.key


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ('"with space"', "with space"),
        (r'"a\"b\\c"', 'a"b\\c'),
        (" key ", "key"),
        ("x" * 255, "x" * 255),
        ('a"b', 'a"b'),
    ],
)
def test_key_is_read_quoted_and_bare(field: str, key: str) -> None:
    assert key_of(field) == key


@pytest.mark.parametrize(
    "fields", [("",), ('""',), ("x" * 256,), ('"open',), ('"a"b"',), (r'"a\x"',), ("a b",), ("é",), ("a", "a")]
)
def test_key_that_is_none_is_refused(fields: tuple[str, ...]) -> None:
    with pytest.raises(BadKey, match="1 to 255 characters"):
        key_of(*fields)


def test_request_without_a_key_has_none() -> None:
    assert request_of((), method="POST", path="/", body=b"") is None


def test_fingerprint_tells_method_path_and_body_apart() -> None:
    asked = {
        fingerprint(*parts) for parts in (("POST", "/a", b"1"), ("PUT", "/a", b"1"), ("POST", "/a1", b""), ("POST", "/a", b"2"))
    }
    assert len(asked) == 4


def test_hostile_key_is_refused_at_once() -> None:
    began = time.perf_counter()
    for hostile in ('"' + "\\" * 100_000, '"' + " " * 100_000, "!" * 100_000, '"' + '\\"' * 50_000):
        with pytest.raises(BadKey):
            key_of(hostile)
    assert time.perf_counter() - began < 1
