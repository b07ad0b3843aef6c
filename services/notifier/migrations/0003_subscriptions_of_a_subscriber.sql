-- Before somebody is told that a posting is not for them any more: which other subscriptions have they?
CREATE INDEX subscriptions_of_subscriber ON subscriptions (subscriber_id);
