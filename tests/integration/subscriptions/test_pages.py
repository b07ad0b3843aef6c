import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
import pytest
from structlog.testing import capture_logs

from schemas.request import ConfirmationRequested, SignInRequested
from schemas.subscription import SubscriberEnded, SubscriberState, SubscriptionEnded, SubscriptionState
from tests.integration.subscriptions.running import FILTER, Answer, Running

HOSTILE = "<script>alert(1)</script>\"'><img src=x>"


def hidden(page: Answer, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


async def test_a_person_signs_up_confirms_and_manages_by_pages_alone(api: Running) -> None:
    assert (await api.call("GET", "/")).status == 200
    sent = await api.call(
        "POST",
        "/",
        data=[
            ("email", " jane@example.com "),
            ("name", "Remote ML"),
            ("keywords", '"machine learning" C++ -manager'),
            ("country", "us"),
            ("workplaces", "remote"),
            ("visa_types", "H-1B"),
            ("visa_types", "O-1"),
            ("pay_amount", "$120,000"),
            ("pay_currency", "usd"),
            ("pay_period", "year"),
        ],
    )
    assert (sent.status, sent.headers["location"]) == (303, "/check-your-mail")
    assert "48 hours" in (await api.call("GET", "/check-your-mail")).text
    [asked] = await api.outbox()
    assert isinstance(asked, ConfirmationRequested)

    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    shown = await api.call("GET", "/confirm", params={"token": token})
    assert shown.status == 200
    assert await api.outbox() == []
    done = await api.call("POST", "/confirm", data={"token": hidden(shown, "token")})
    assert done.status == 200
    assert "jas_" not in done.text
    subscriber, subscription = await api.outbox()
    assert isinstance(subscriber, SubscriberState)
    assert isinstance(subscription, SubscriptionState)
    assert subscription.filter.model_dump(mode="json", exclude_defaults=True) == {
        "version": 2,
        "keywords": {"all": ["machine learning", "C++"], "none": ["manager"]},
        "places": [{"country": "US"}],
        "workplaces": ["remote"],
        "visa_types": ["H-1B", "O-1"],
        "minimum_pay": {"amount": "120000", "unstated": "drop"},
    }

    link = re.search(r'href="(/manage\?[^"]+)"', done.text)
    assert link
    manage = await api.call("GET", unescape(link[1]))
    assert manage.status == 200
    for words in ("Remote ML", "machine learning", "sponsors H-1B or O-1", "no alert yet", "120,000 USD a year"):
        assert words in unescape(manage.text)


@pytest.mark.parametrize(("action", "status", "words"), [("pause", "paused", "Paused."), ("delete", "ended", "Deleted.")])
async def test_a_button_of_the_manage_page_does_what_it_says(api: Running, action: str, status: str, words: str) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    form = {"token": token, "id": str(account.subscription_id)}
    sent = await api.call("POST", f"/manage/{action}", data=form)
    assert sent.status == 303
    assert parse_qs(urlsplit(sent.headers["location"]).query)["token"] == [token]
    assert words in (await api.call("GET", sent.headers["location"])).text
    assert await api.pool.fetchval("SELECT status FROM subscriptions") == status
    assert len(await api.outbox()) == 1


async def test_paused_can_be_resumed(api: Running) -> None:
    account = await api.account()
    form = {"token": api.token(account.subscriber_id, purpose="manage"), "id": str(account.subscription_id)}
    for action in ("pause", "resume"):
        assert (await api.call("POST", f"/manage/{action}", data=form)).status == 303
    assert [event.status for event in await api.outbox()] == ["paused", "active"]


async def test_the_manage_page_makes_and_revokes_keys(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    made = await api.call("POST", "/manage/keys", data={"token": token})
    [key] = set(re.findall(r"jas_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", made.text))
    assert (await api.call("GET", "/v1/subscriptions", key=key)).status == 200
    assert key not in (await api.call("GET", "/manage", params={"token": token})).text
    form = {"token": token, "id": key.split("_")[1]}
    assert (await api.call("POST", "/manage/keys/revoke", data=form)).status == 303
    assert (await api.call("GET", "/v1/subscriptions", key=key)).status == 401
    assert (await api.call("GET", "/v1/subscriptions", key=account.key)).status == 200


async def test_the_account_goes_only_when_the_box_is_ticked(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    unsure = await api.call("POST", "/manage/erase", data={"token": token})
    assert "tick the box" in (await api.call("GET", unsure.headers["location"])).text
    assert await api.outbox() == []
    assert (await api.call("POST", "/manage/erase", data={"token": token, "sure": "yes"})).status == 200
    assert [type(event) for event in await api.outbox()] == [SubscriptionEnded, SubscriberEnded]
    assert (await api.call("GET", "/manage", params={"token": token})).status == 410


@pytest.mark.parametrize("path", ["pause", "resume", "delete", "keys", "keys/revoke", "erase"])
@pytest.mark.parametrize("fault", ["missing", "expired", "confirm", "unsubscribe"])
async def test_no_other_token_opens_the_account(api: Running, path: str, fault: str) -> None:
    account = await api.account()
    token = {
        "missing": "",
        "expired": api.token(account.subscriber_id, purpose="manage", lasts=timedelta(seconds=-1)),
        "confirm": api.token(account.subscriber_id, account.subscription_id, purpose="confirm"),
        "unsubscribe": api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe"),
    }[fault]
    form = {"token": token, "id": str(account.subscription_id), "sure": "yes"}
    assert (await api.call("POST", f"/manage/{path}", data=form)).status == 400
    assert (await api.call("GET", "/manage", params={"token": token})).status == 400
    assert await api.outbox() == []
    assert await api.pool.fetchval("SELECT count(*) FROM api_keys") == 1


async def test_a_manager_reaches_only_what_is_theirs(api: Running) -> None:
    jane, john = await api.account("jane@example.com"), await api.account("john@example.com")
    token = api.token(jane.subscriber_id, purpose="manage")
    for wrong in (str(john.subscription_id), "", "x"):
        answer = await api.call("POST", "/manage/delete", data={"token": token, "id": wrong})
        assert answer.status == 404
        assert "nothing of that id" in answer.text
    assert await api.outbox() == []


@pytest.mark.parametrize("email", ["", "jane", "jane@example"])
async def test_a_form_with_errors_keeps_what_was_typed_and_says_what_is_wrong(api: Running, email: str) -> None:
    answer = await api.call(
        "POST",
        "/",
        data=[
            ("email", email),
            ("name", HOSTILE),
            ("keywords", "python"),
            ("country", "Atlantis"),
            ("pay_amount", "lots"),
            ("visa_types", "O-1"),
            ("workplaces", "hybrid"),
        ],
    )
    assert answer.status == 422
    assert f'value="{email}"' in answer.text
    assert 'id="email-error"' in answer.text
    assert "two letters" in answer.text
    assert "Write a number above 0" in answer.text
    assert re.search(r'value="O-1" checked', answer.text)
    assert re.search(r'value="hybrid" checked', answer.text)
    assert not re.search(r'value="remote" checked', answer.text)
    assert HOSTILE not in answer.text
    assert HOSTILE in unescape(answer.text)
    assert await api.pool.fetchval("SELECT count(*) FROM subscribers") == 0


DOUBTFUL = {"email": "jane@example.com", "keywords": "python", "city": "Seatle", "pay_amount": "150", "pay_currency": "USD"}


async def test_a_form_with_doubts_is_shown_again_and_sent_all_the_same_if_it_is_meant(api: Running) -> None:
    shown = await api.call("POST", "/", data=DOUBTFUL)
    assert shown.status == 200
    text = unescape(shown.text)
    assert "This can be sent as it is, but:" in text
    assert re.search(r'<a href="#city">Place</a>: No city "Seatle" is known', text)
    assert re.search(r'id="pay_amount-doubt">150 USD a year is very little', text)
    assert "<li>pays at least 150 USD a year and says so</li>" in text
    assert "Send me the confirmation" not in text
    assert await api.outbox() == []
    assert await api.pool.fetchval("SELECT count(*) FROM subscribers") == 0

    changed = await api.call("POST", "/", data=DOUBTFUL | {"anyway": hidden(shown, "anyway"), "city": "Bostn"})
    assert changed.status == 200
    assert hidden(changed, "anyway") != hidden(shown, "anyway")
    sent = await api.call("POST", "/", data=DOUBTFUL | {"anyway": hidden(shown, "anyway")})
    assert (sent.status, sent.headers["location"]) == (303, "/check-your-mail")
    [asked] = await api.outbox()
    assert isinstance(asked, ConfirmationRequested)

    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    confirm = await api.call("GET", "/confirm", params={"token": token})
    manage = await api.call("GET", "/manage", params={"token": api.token(asked.subscriber_id, purpose="manage")})
    assert "Worth a look:" in confirm.text
    assert "Worth a look:" not in manage.text  # nothing is confirmed yet
    assert (await api.call("POST", "/confirm", data={"token": token})).status == 200
    manage = await api.call("GET", "/manage", params={"token": api.token(asked.subscriber_id, purpose="manage")})
    assert "Worth a look:" in manage.text
    assert "<strong>Pay.</strong> 150 USD a year is very little" in manage.text


async def test_pages_say_nothing_of_doubts_where_there_are_none(api: Running) -> None:
    account = await api.account()
    manage = await api.call("GET", "/manage", params={"token": api.token(account.subscriber_id, purpose="manage")})
    assert "Worth a look:" not in manage.text


async def test_an_answer_begins_with_what_it_says_and_not_with_the_praise(api: Running) -> None:
    praise = "in your inbox a moment later"
    assert praise in (await api.call("GET", "/")).text
    for data in ({"email": "jane"}, DOUBTFUL):
        answer = await api.call("POST", "/", data=data)
        assert praise not in answer.text
        assert re.search(r"<h1>Make an alert</h1>\s*<\w+ class=\"notice", answer.text)


async def test_the_form_as_first_shown_hides_what_people_who_need_a_visa_cannot_take(api: Running) -> None:
    shown = await api.call("GET", "/")
    assert re.search(r'name="hide" value="citizenship" checked', shown.text)
    assert re.search(r'name="hide" value="clearance" checked', shown.text)
    assert not re.search(r'name="visa_types" value="[^"]*" checked', shown.text)


async def test_a_mistake_in_the_words_is_shown_where_it_stands(api: Running) -> None:
    answer = await api.call("POST", "/", data={"email": "jane@example.com", "keywords": 'go salary:<b> "rust"'})
    assert answer.status == 422
    assert "<b>" not in answer.text
    assert re.search(r"<code>go <mark>salary:&lt;b&gt;</mark> &#34;rust&#34;</code>", answer.text)


async def test_a_form_that_asks_for_nothing_is_not_a_wish_for_everything(api: Running) -> None:
    answer = await api.call("POST", "/", data={"email": "jane@example.com", "pay_unstated": "keep", "pay_currency": "USD"})
    assert answer.status == 422
    assert "at least one thing" in answer.text
    assert await api.outbox() == []


async def test_characters_that_cannot_be_kept_are_named_beside_their_field(api: Running) -> None:
    answer = await api.call("POST", "/", data={"email": "jane@example.com", "keywords": "a\0b"})
    assert answer.status == 422
    assert re.search(r'id="keywords-error">Must not contain a control character \(U\+0000\)', answer.text)


async def test_a_file_in_a_form_is_refused(api: Running) -> None:
    form = aiohttp.FormData()
    form.add_field("email", b"jane@example.com", filename="email.txt")
    answer = await api.call("POST", "/", data=form, headers={"accept": "text/html"})
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")


async def test_hostile_names_are_escaped_on_every_page(api: Running) -> None:
    asked = await api.sign_up(name=HOSTILE, filter={"keywords": {"all": [HOSTILE]}})
    ids = (asked.subscriber_id, asked.subscription_id)
    confirm = api.token(*ids, purpose="confirm")
    pages = [
        await api.call("GET", "/confirm", params={"token": confirm}),
        await api.call("POST", "/confirm", data={"token": confirm}),
        await api.call("GET", "/manage", params={"token": api.token(ids[0], purpose="manage")}),
        await api.call("GET", "/unsubscribe", params={"token": api.token(*ids, purpose="unsubscribe")}),
        await api.call("GET", "/manage", params={"token": api.token(ids[0], purpose="manage"), "done": HOSTILE}),
    ]
    for page in pages:
        assert page.status == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert HOSTILE in unescape(page.text)


async def test_pages_run_no_script_and_leak_no_token(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    for path, params in (("/", {}), ("/sign-in", {}), ("/manage", {"token": token}), ("/unsubscribe", {"token": "x"})):
        answer = await api.call("GET", path, params=params)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert not re.search(r"<script|style=|\son\w+=|https?://", answer.text)


async def test_the_stylesheet_is_cached_under_an_address_that_changes_with_it(api: Running) -> None:
    href = re.search(r'href="(/style\.css\?[0-9a-f]+)"', (await api.call("GET", "/")).text)
    assert href
    answer = await api.call("GET", href[1])
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]


async def test_signing_in_says_the_same_whether_the_address_is_known(api: Running) -> None:
    account = await api.account("known@example.com")
    answers = [await api.call("POST", "/sign-in", data={"email": email}) for email in ("known@example.com", "no@example.com")]
    assert {(answer.status, answer.headers["location"], answer.text) for answer in answers} == {
        (303, "/sign-in/check-your-mail", "")
    }
    [asked] = await api.outbox()
    assert isinstance(asked, SignInRequested)
    assert asked.subscriber_id == account.subscriber_id
    wrong = await api.call("POST", "/sign-in", data={"email": "known@"})
    assert wrong.status == 422
    assert 'value="known@"' in wrong.text
    assert 'id="email-error"' in wrong.text


async def test_a_browser_gets_a_page_and_a_program_problem_details(api: Running) -> None:
    for path, method, status in (("/nothing", "GET", 404), ("/confirm", "PUT", 405)):
        page = await api.call(method, path, headers={"accept": "text/html,*/*"})
        assert (page.status, page.headers["content-type"].partition(";")[0]) == (status, "text/html")
        problem = await api.call(method, path)
        assert (problem.status, problem.headers["content-type"]) == (status, "application/problem+json")
    api_path = await api.call("GET", "/v1/nothing", headers={"accept": "text/html"})
    assert api_path.headers["content-type"] == "application/problem+json"


async def test_what_fails_inside_is_a_page_with_a_number_to_tell(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    await api.pool.execute("ALTER TABLE api_keys RENAME TO elsewhere")
    with capture_logs() as logged:
        page = await api.call(
            "GET", "/manage", params={"token": token}, headers={"accept": "text/html", "x-request-id": "tell-me-7"}
        )
        problem = await api.call("GET", "/v1/subscriptions", key=account.key, headers={"x-request-id": "tell-me-8"})
    assert (page.status, page.headers["x-request-id"]) == (500, "tell-me-7")
    assert "tell-me-7" in page.text
    assert (problem.status, problem.json["correlation_id"]) == (500, "tell-me-8")
    assert [line["event"] for line in logged] == ["request failed"] * 2


async def test_a_long_list_is_shown_in_pages(api: Running) -> None:
    account = await api.account()
    for number in range(100):
        body = {"filter": FILTER, "name": f"alert {number:03}"}
        assert (await api.call("POST", "/v1/subscriptions", key=account.key, json=body)).status == 201
    first = await api.call("GET", "/manage", params={"token": api.token(account.subscriber_id, purpose="manage")})
    more = re.search(r'href="(/manage\?[^"]*after[^"]*)"', first.text)
    assert more
    second = await api.call("GET", unescape(more[1]))
    assert UUID(parse_qs(urlsplit(unescape(more[1])).query)["after"][0])
    assert "alert 098" in first.text
    assert "alert 099" not in first.text
    assert "alert 099" in second.text
    assert "Show more" not in second.text


async def test_while_the_database_is_away_a_person_and_a_program_are_told_to_try_again(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, purpose="manage")
    await api.pool.close()
    with capture_logs() as logged:
        page = await api.call("GET", "/manage", params={"token": token})
        problem = await api.call("POST", "/v1/subscriptions", json={"email": "jane@example.com", "filter": FILTER})
    assert (page.status, problem.status) == (503, 503)
    assert "try again" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert int(problem.headers["retry-after"]) > 0
    assert {line["log_level"] for line in logged} == {"warning"}
