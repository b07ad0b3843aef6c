-- Handed out to be sent, and nobody wrote down what came of that: it may have arrived. Whoever freezes a message sends it at once.
ALTER TABLE deliveries ADD COLUMN begun boolean NOT NULL DEFAULT true;

-- Since which revision a subscription asks for what it asks for now, and where: a new name changes neither.
ALTER TABLE subscriptions ADD COLUMN destination_id uuid, ADD COLUMN asks_since bigint;
UPDATE subscriptions SET asks_since = revision;
ALTER TABLE subscriptions ALTER COLUMN asks_since SET NOT NULL;
