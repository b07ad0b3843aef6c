"""Messages made of what the gate decided: ids, links, members."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from runtime.sealing import BadSeal, Sealer
from schemas.link import Link, Purpose, link
from services.notifier.compose import Composer
from services.notifier.domain.alert import Alert
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.gate import told_as
from services.notifier.domain.retry import Channel
from services.notifier.render import Renderer
from tests.unit.notifier.made import NOW, alert, earlier, opened, posting, situation, subscription, uid


def compose(
    sealer: Sealer, alerts: Sequence[Alert], *, channel: Channel = "email", told: bool = False, closed: bool = False
) -> Delivery:
    known = situation(
        subscriptions={f"s{number}": subscription(name=f"Alert {number}") for number in range(60)},
        told={opened(): earlier()} if told else {},
        postings={"p": posting(status="closed" if closed else "open")},
    )
    composer = Composer(sealer, domain="jobalerts.example")
    [delivery] = composer.compose({told_as(alerts[0]): alerts}, known, channel=channel, now=NOW)
    return delivery


def alerts(number: int) -> list[Alert]:
    return [alert(f"s{each}") for each in range(number)]


def opened_link(sealer: Sealer, delivery: Delivery, purpose: Purpose) -> Link:
    return link.validate_json(sealer.open(delivery.content[purpose], purpose=f"link.{purpose}"))


def test_a_message_tells_all_its_alerts_together(sealer: Sealer) -> None:
    delivery = compose(sealer, alerts(3))
    assert delivery.members == tuple(each.key for each in alerts(3))
    assert delivery.alert_ids == tuple(each.alert_id for each in alerts(3))
    assert [one["name"] for one in delivery.content["because"]] == ["Alert 0", "Alert 1", "Alert 2"]
    assert delivery.told == opened()
    assert delivery.frozen_at == NOW
    assert delivery.correlation_id == "correlation"


def test_ids_are_the_same_when_it_is_made_again_and_others_for_others(sealer: Sealer) -> None:
    delivery = compose(sealer, alerts(2))
    assert compose(sealer, alerts(2)).id == delivery.id
    assert delivery.message_id == f"<{delivery.id}@jobalerts.example>"
    elsewhere = compose(sealer, [alert("s0", destination="endpoint")], channel="webhook")
    assert elsewhere.id != delivery.id
    assert elsewhere.message_id == f"msg_{elsewhere.id.hex}"
    assert "." not in elsewhere.message_id
    assert compose(sealer, [alert("s1")]).id != delivery.id  # what never arrived may be told by another message


def test_unsubscribing_ends_what_the_mail_spoke_for_and_never_expires(sealer: Sealer) -> None:
    named = opened_link(sealer, compose(sealer, alerts(3)), "unsubscribe")
    assert named.subscriber_id == uid("subscriber")
    assert (named.subscription_id, named.also) == (uid("s0"), (uid("s1"), uid("s2")))
    assert named.alert_id == alert("s0").alert_id
    assert named.expires_at is None


def test_a_mail_for_many_subscriptions_offers_to_end_all_mail(sealer: Sealer) -> None:
    ten, eleven = (opened_link(sealer, compose(sealer, alerts(number)), "unsubscribe") for number in (10, 11))
    assert ten.subscription_id == uid("s0")
    assert len(ten.also) == 9
    assert (eleven.subscription_id, eleven.also) == (None, ())


@pytest.mark.parametrize("number", [1, 10, 11, 50])
def test_no_line_of_a_header_is_too_long_however_many_subscriptions(sealer: Sealer, number: int) -> None:
    renderer = Renderer(
        sender="jobalerts <alerts@jobalerts.example>",
        list_domain="jobalerts.example",
        public_url="https://alerts.a-rather-long-name-of-a-deployment.jobalerts.example",
        postal_address="",
    )
    delivery = compose(sealer, alerts(number))
    mail = renderer.mail(delivery.content, delivery_id=delivery.id, message_id=delivery.message_id, to="anna@example.org")
    assert max(map(len, mail.split(b"\r\n"))) <= 998


def test_the_link_to_the_account_expires_and_opens_for_nothing_else(sealer: Sealer) -> None:
    delivery = compose(sealer, alerts(1))
    manage = opened_link(sealer, delivery, "manage")
    assert manage == Link(subscriber_id=uid("subscriber"), expires_at=NOW + timedelta(days=30))
    with pytest.raises(BadSeal):
        sealer.open(delivery.content["manage"], purpose="link.unsubscribe")


def test_a_correction_refers_to_the_mail_it_corrects(sealer: Sealer) -> None:
    correction = compose(sealer, [alert("s0", kind="no_longer", revision=7)], told=True)
    assert correction.content["template"] == "no_longer"
    assert correction.content["in_reply_to"] == "<first@jobalerts.example>"
    assert compose(sealer, alerts(1)).content["in_reply_to"] == ""


def test_a_correction_of_a_posting_that_is_closed_says_so_whatever_made_it(sealer: Sealer) -> None:
    correction = compose(sealer, [alert("s0", kind="no_longer", revision=7)], told=True, closed=True)
    assert correction.content["template"] == "closed"
    assert correction.content["in_reply_to"] == "<first@jobalerts.example>"
    webhook = compose(sealer, [alert("s0", kind="no_longer", destination="endpoint")], channel="webhook", closed=True)
    assert webhook.content["data"]["reason"] == "closed"


def test_a_webhook_has_no_token_and_no_address(sealer: Sealer) -> None:
    content = compose(sealer, [alert("s0", destination="endpoint")], channel="webhook").content
    assert content.keys() == {"type", "timestamp", "data"}
    assert content["data"].keys() == {"posting", "matches", "published_at"}
    assert UUID(content["data"]["matches"][0]["alert_id"]) == alert("s0").alert_id
