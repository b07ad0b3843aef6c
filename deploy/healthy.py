"""Whether a service says that it is ready: what an image's health check runs. Exit code 0 where it does, 1 where it does not.

    python -IS deploy/healthy.py PORT [PATH]

It runs every few seconds: -IS leaves out what makes a start slow.
"""

import http.client
import sys

TIMEOUT = 4.0
"""Seconds."""


def main(port: int, path: str = "/health/ready") -> int:
    """Ask, and print the answer: `docker inspect` shows it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        print(response.read().decode())
    except OSError as error:
        print(f"no answer on port {port}: {error}")
        return 1
    return int(response.status != http.HTTPStatus.OK)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
