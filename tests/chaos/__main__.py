"""`make chaos KILLS=500 SEED=n`: a storm, and a table of what it killed and what it found. Exit code 1 where a promise was broken."""

import argparse
import asyncio
import sys
import time

from tests.chaos.storm import Report, Storm, Wish


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Kill the services at failpoints and at random under traffic, break what is around them, and count in the end.",
        epilog="Exit code 1 where a promise was broken, or where what is on its way does not come to its end; else 0.",
    )
    parser.add_argument("--kills", type=int, default=500, help="the storm ends when so many processes were killed (500)")
    parser.add_argument("--seed", type=int, default=1, help="the plan is drawn from it (1)")
    parser.add_argument("--minutes", type=float, help="it ends after so long instead, however many were killed")
    parser.add_argument("--replicas", type=int, default=2, help="of every service (2)")
    parser.add_argument("--shards", type=int, default=1, help="of the matcher, over which its replicas are spread (1)")
    parser.add_argument("--rate", type=float, default=8.0, help="requests a second (8)")
    parser.add_argument("--life", type=float, default=6.0, help="seconds that a replica lives, about (6)")
    parser.add_argument(
        "--trouble", type=float, default=4.0, help="seconds between troubles of Kafka, PostgreSQL and so on (4)"
    )
    asked = parser.parse_args()
    if not 1 <= asked.shards <= asked.replicas:
        parser.error("each shard needs a replica: --shards is 1 to --replicas")
    wish = Wish(
        seed=asked.seed,
        kills=asked.kills,
        seconds=asked.minutes and asked.minutes * 60,
        replicas=asked.replicas,
        shards=asked.shards,
        rate=asked.rate,
        life=asked.life,
        trouble=asked.trouble,
    )
    started = time.monotonic()
    report = asyncio.run(Storm(wish, say).run())
    print(told(report, wish, time.monotonic() - started))
    if not (report.kills and report.verdict.counts["rows that must be"] and report.verdict.counts["messages received"]):
        sys.exit("nothing was killed, or nobody was told anything: this storm proves nothing")
    sys.exit(0 if report.verdict.is_kept else 1)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def told(report: Report, wish: Wish, seconds: float) -> str:
    """The table."""
    verdict = report.verdict
    lines = [f"seed {wish.seed}, {wish.replicas} of every service, {seconds:.0f} s", ""]
    lines += [f"{count:6} {service} killed {where}" for (service, where), count in sorted(report.kills.items())]
    lines += [f"{report.kills.total():6} kills in all", ""]
    lines += [f"{count:6} {what}" for what, count in sorted((report.troubles + report.unasked).items())]
    lines += [f"{report.asked_again:6} requests of clients that had to be made again", ""]
    lines += [f"{count:6} {what}" for what, count in verdict.counts.items()]
    a_second = verdict.counts["pushes accepted"] / max(1.0, report.seconds)
    lines += [f"{a_second:6.1f} pushes accepted a second while the storm lasted"]
    lines += [f"{count:6} repeated at a receiver, allowed: {why}" for why, count in sorted(verdict.allowed.items())]
    found = {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "repeated and not allowed": verdict.repeated,
        "told after an end was answered": verdict.late,
        "last words that are not true": verdict.untrue,
        "processes that crashed": verdict.crashed,
    }
    lines += ["", *(f"{len(what):6} {name}" for name, what in found.items())]
    lines += [f"       {one}" for what in found.values() for one in what[:20]]
    lines += [f"       no kill at {', '.join(names)} of {service}" for service, names in report.never_reached.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
