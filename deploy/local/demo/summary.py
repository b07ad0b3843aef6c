"""Prints the account of a demo as a table a person reads."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.local.demo.account import Account
from deploy.local.demo.feed import Fed


def print_summary(console: Console, result: Account, fed: Fed) -> None:
    """One table, the rejections, and the verdict on whether everything is accounted for."""
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_column(style="bold")
    table.add_row("postings", f"{fed.pushed} pushed: {_counts(result.postings)}")
    table.add_row("matches", f"{result.matches_expected} expected, {sum(result.ledger.values())} in the ledger")
    table.add_row("ledger", _counts(result.ledger))
    for reason, count in result.reasons.items():
        table.add_row("", f"{count} {escape(reason)}")
    table.add_row("mails", _counts(result.mails))
    table.add_row("webhooks", _counts(result.webhooks))
    if result.post_to_inbox:
        p = result.post_to_inbox
        table.add_row(
            "POST to inbox", f"p50 {p['p50'] * 1000:.0f} ms, p99 {p['p99'] * 1000:.0f} ms ({p['measured']:.0f} mails)"
        )
    console.print()
    console.print(table)
    for line in fed.rejected[:10]:
        console.print(f"  [yellow]rejected[/yellow] {escape(line)}")
    if result.unaccounted:
        console.print("\n[red bold]not accounted for:[/red bold] " + escape("; ".join(result.unaccounted)))
    else:
        console.print("\n[green bold]every alert is accounted for[/green bold]")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "none"
