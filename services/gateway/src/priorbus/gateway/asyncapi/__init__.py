"""The AsyncAPI document of the public events on RabbitMQ (Conventions 14)."""
