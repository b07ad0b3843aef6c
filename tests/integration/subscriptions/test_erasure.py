from uuid import UUID

from services.subscriptions.seals import Seals
from services.subscriptions.sweep import sweep
from tests.integration.subscriptions.running import FILTER, Account, Running

PERSONAL = ("jane", "example.com", "secretive", "haskell", "hooks.example.org")


async def everything(api: Running) -> dict[str, list[str]]:
    """Every row of every table of the schema, as text, with binary columns as hexadecimal digits."""
    tables = await api.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {
        table: [str(row[0]) for row in await api.pool.fetch(f'SELECT row_to_json(t)::text FROM "{table}" t')]
        for (table,) in tables
        if table != "migrations"
    }


async def full_account(api: Running) -> Account:
    """One that has something in every table."""
    account = await api.account("jane.doe@example.com", name="secretive", filter={"keywords": {"all": ["haskell"]}})
    endpoint = (await api.call("POST", "/v1/endpoints", key=account.key, json={"url": "https://hooks.example.org/x"})).json
    there = {"filter": FILTER, "name": "secretive", "destination": {"kind": "webhook", "id": endpoint["id"]}}
    hook = (await api.call("POST", "/v1/subscriptions", key=account.key, json=there)).json
    await api.call(
        "PATCH", f"/v1/subscriptions/{hook['id']}", key=account.key, json={"filter": {"keywords": {"any": ["haskell"]}}}
    )
    extra = (await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER, "name": "secretive"})).json
    await api.call("DELETE", f"/v1/subscriptions/{extra['id']}", key=account.key)
    await api.call("POST", "/v1/sign-ins", json={"email": "jane.doe@example.com"})
    await api.outbox()
    await api.sign_up("jane.doe@example.com", name="secretive")
    return account


async def test_erasure_leaves_no_personal_data_in_any_table(api: Running) -> None:
    account = await full_account(api)
    before = await everything(api)
    assert all(before[table] for table in before if table != "outbox"), "the test must have something everywhere"
    text = str(before).lower()
    seals = Seals(api.sealer)
    address = await api.pool.fetchval("SELECT address FROM subscribers")
    hashes = [seals.fingerprint("jane.doe@example.com").hex(), seals.inbox("jane.doe@example.com").hex()]
    for personal in (*PERSONAL[2:], address.lower(), *hashes):
        assert personal in text

    assert (await api.call("DELETE", "/v1/account", key=account.key)).status == 204
    told = await api.outbox()
    assert [event.type for event in told] == ["subscription_ended"] * 2 + ["endpoint_ended", "subscriber_ended"]
    assert {event.subscriber_id for event in told} == {account.subscriber_id}

    after = await everything(api)
    text = str(after).lower()
    for personal in (*PERSONAL, address.lower(), *hashes):
        assert personal not in text
    for table in ("api_keys", "consents", "endpoint_secrets", "sign_ins", "subscription_versions"):
        assert after[table] == []
    assert (await api.call("GET", "/v1/subscriptions", key=account.key)).status == 401


async def test_erasing_one_leaves_the_others_alone(api: Running) -> None:
    jane, john = await api.account("jane@example.com"), await api.account("john@example.com")
    await api.call("POST", "/v1/sign-ins", json={"email": "john@example.com"})
    assert (await api.call("DELETE", "/v1/account", key=jane.key)).status == 204
    listed = await api.call("GET", "/v1/subscriptions", key=john.key)
    assert [each["id"] for each in listed.json["subscriptions"]] == [str(john.subscription_id)]
    assert await api.pool.fetchval("SELECT count(*) FROM sign_ins") == 1


async def test_who_comes_back_after_erasure_is_somebody_new(api: Running) -> None:
    first = await api.account()
    await api.call("DELETE", "/v1/account", key=first.key)
    await api.outbox()
    second = await api.account()
    assert second.subscriber_id != first.subscriber_id
    assert (await api.call("GET", "/v1/subscriptions", key=second.key)).status == 200


async def test_old_links_of_an_erased_account_open_nothing(api: Running) -> None:
    account = await api.account()
    await api.call("DELETE", "/v1/account", key=account.key)
    await api.outbox()
    ids = (account.subscriber_id, account.subscription_id)
    assert (await api.call("GET", "/manage", params={"token": api.token(ids[0], purpose="manage")})).status == 410
    confirm = {"token": api.token(*ids, purpose="confirm")}
    assert (await api.call("POST", "/v1/confirmations", json=confirm)).status == 410
    stop = {"token": api.token(*ids, purpose="unsubscribe", lasts=None)}
    assert (await api.call("POST", "/unsubscribe", params=stop)).status == 200
    assert await api.outbox() == []


async def test_sign_ups_that_nobody_confirmed_are_removed_once_their_links_have_expired(api: Running) -> None:
    await api.sign_up("old@example.com")
    await api.pool.execute(
        "UPDATE subscriptions SET created_at = created_at - interval '50 hours'",
    )
    await api.pool.execute("UPDATE subscribers SET asked_at = asked_at - interval '50 hours'")
    await api.sign_up("new@example.com")
    account = await api.account("kept@example.com")
    assert await sweep(api.store) == 2
    assert await api.outbox() == []  # no other service had heard of them
    left = await api.pool.fetch("SELECT status FROM subscribers ORDER BY status")
    assert [row["status"] for row in left] == ["active", "pending"]
    assert (await api.call("GET", "/v1/subscriptions", key=account.key)).status == 200


async def test_a_month_after_their_end_rows_go_and_tombstones_are_published(api: Running) -> None:
    account = await full_account(api)
    await api.call("DELETE", "/v1/account", key=account.key)
    ended = await api.outbox()
    assert await sweep(api.store) == 0
    for table in ("subscribers", "subscriptions", "endpoints"):
        await api.pool.execute(f"UPDATE {table} SET ended_at = ended_at - interval '31 days' WHERE status = 'ended'")
    assert await sweep(api.store) == len(ended) + 1  # and the subscription that had ended before
    rows = await api.pool.fetch("SELECT topic, key, partition, value FROM outbox ORDER BY id")
    assert {row["value"] for row in rows} == {None}
    assert {row["partition"] for row in rows} == {account.subscriber_id.int % 2**64 % 12}
    ids = {str(UUID(row["key"])) for row in rows}
    for event in ended:
        about = getattr(event, "endpoint_id", None) or getattr(event, "subscription_id", None) or event.subscriber_id
        assert str(about) in ids
    left = await everything(api)
    assert [left[table] for table in ("subscribers", "subscriptions", "endpoints")] == [[], [], []]


async def test_old_notes_of_sign_ins_are_removed(api: Running) -> None:
    await api.call("POST", "/v1/sign-ins", json={"email": "jane@example.com"})
    await api.pool.execute("UPDATE sign_ins SET at = at - interval '3 hours'")
    await api.call("POST", "/v1/sign-ins", json={"email": "john@example.com"})
    assert await sweep(api.store) == 1
    assert await api.pool.fetchval("SELECT count(*) FROM sign_ins") == 1
