import pytest

from services.subscriptions.domain.endpoint import checked_url

HTTPS = "must begin with https://"
PRIVATE = "must be reachable on the public internet"
LOGIN = "must not carry a user name or password"


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("https://hooks.example.com/jobs?team=1", "https://hooks.example.com/jobs?team=1"),
        ("HTTPS://Hooks.Example.com:8443/x", "https://hooks.example.com:8443/x"),
        ("https://bücher.de/ä", "https://xn--bcher-kva.de/%C3%A4"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://134744072/x", "https://8.8.8.8/x"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
    ],
)
def test_what_is_called(url: str, called: str) -> None:
    assert checked_url(url, insecure=False) == called


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", HTTPS),
        ("ftp://hooks.example.com/", HTTPS),
        ("file:///etc/passwd", HTTPS),
        ("javascript:alert(1)", HTTPS),
        ("hooks.example.com", "relative URL"),
        ("", "empty"),
        ("https://", "empty host"),
        ("https://exa mple.com/", "invalid"),
        ("https://hooks.example.com:99999/", "port"),
        ("https://jane:secret@hooks.example.com/", LOGIN),
        ("https://jane@hooks.example.com/", LOGIN),
        ("https://hooks.example.com/#x", "fragment"),
        ("https://hooks.example.com/#", "fragment"),
        ("https://" + "ä" * 700 + ".example.com/" + "ä" * 1000, "2000"),
        ("https://localhost/", PRIVATE),
        ("https://LOCALHOST./", PRIVATE),
        ("https://db.internal/", PRIVATE),
        ("https://printer.local/", PRIVATE),
        ("https://127.0.0.1/", PRIVATE),
        ("https://2130706433/", PRIVATE),
        ("https://0x7f.1/", PRIVATE),
        ("https://0177.0.0.1/", PRIVATE),
        ("https://127.1/", PRIVATE),
        ("https://10.1.2.3/", PRIVATE),
        ("https://172.16.0.1/", PRIVATE),
        ("https://192.168.0.1/", PRIVATE),
        ("https://169.254.169.254/latest/meta-data", PRIVATE),
        ("https://100.64.0.1/", PRIVATE),
        ("https://0.0.0.0/", PRIVATE),
        ("https://224.0.0.1/", PRIVATE),
        ("https://255.255.255.255/", PRIVATE),
        ("https://[::1]/", PRIVATE),
        ("https://[::]/", PRIVATE),
        ("https://[::ffff:10.0.0.1]/", PRIVATE),
        ("https://[fe80::1]/", PRIVATE),
        ("https://[fd00::1]/", PRIVATE),
        ("https://[ff02::1]/", PRIVATE),
    ],
)
def test_what_is_refused_and_why(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_url(url, insecure=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8099/hook", "http://localhost:1/", "https://192.168.0.7/"])
def test_a_demo_may_call_itself(url: str) -> None:
    assert checked_url(url, insecure=True) == url


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://jane:secret@127.0.0.1/", "http://127.0.0.1/#x"])
def test_a_demo_may_not_do_everything(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        checked_url(url, insecure=True)
