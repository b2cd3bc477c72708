"""Inside the controller: writes every notification on RabbitMQ to a file, one JSON object a line.

A queue of its own is bound to the services' exchanges, so the services' own queues keep theirs.
usage: notify_recorder.py OUTFILE
"""

import json
import os
import sys
import time
from pathlib import Path

import kombu

URL = f"amqp://openstack:{os.environ['PW']}@{os.environ['CONTROLLER']}:5672//"
KEYS = ("notifications.#", "versioned_notifications.#")

with kombu.Connection(URL) as connection, Path(sys.argv[1]).open("a") as out:
    channel = connection.channel()
    queue = kombu.Queue("lab-recorder", channel=channel, durable=False, auto_delete=True)
    queue.queue_declare()
    for exchange in ("nova", "neutron", "glance"):
        kombu.Exchange(exchange, type="topic", durable=False, channel=channel).declare()
        for key in KEYS:
            channel.queue_bind("lab-recorder", exchange, key)

    def got(_body, message):
        raw = message.body if isinstance(message.body, str) else bytes(message.body).decode()
        envelope = json.loads(raw)
        inner = json.loads(envelope["oslo.message"]) if "oslo.message" in envelope else envelope
        row = {
            "received_at": time.time(),
            "exchange": message.delivery_info["exchange"],
            "routing_key": message.delivery_info["routing_key"],
            "content_type": message.content_type,
            "event_type": inner.get("event_type"),
            "body": raw,
        }
        out.write(json.dumps(row) + "\n")
        out.flush()
        message.ack()

    with kombu.Consumer(channel, [queue], callbacks=[got], accept=["json", "application/json"]):
        print("recording", flush=True)
        while True:
            try:
                connection.drain_events(timeout=1)
            except (TimeoutError, OSError) as e:
                if "timed out" not in str(e):
                    raise
