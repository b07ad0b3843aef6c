"""What we rely on inside of aiokafka."""

import inspect

import aiokafka.producer.sender

import runtime.broker  # noqa: F401  # sets it


def test_a_transaction_that_comes_too_soon_is_tried_again_after_our_pause() -> None:
    sender = aiokafka.producer.sender
    assert sender.BACKOFF_OVERRIDE == 0.005
    assert "return BACKOFF_OVERRIDE" in inspect.getsource(sender.AddPartitionsToTxnHandler), "aiokafka reads it elsewhere now"
