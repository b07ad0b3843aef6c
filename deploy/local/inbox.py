"""An SMTP server that keeps every mail for looking at: SMTP in; a page, JSON and a journal out.

    python -m deploy.local.inbox --smtp-port N --http-port N [--log FILE]

A mail is in the journal before its sender reads 250. GET /api/messages?to=&after=N answers at most PAGE mails at a time.
"""

import argparse
import asyncio
import itertools
import re
from pathlib import Path

from aiohttp import web

from deploy.local.journal import Journal
from deploy.local.mailbox import Mail, Mailbox
from deploy.local.serving import healthy, page, run, serve_pages, told_to_stop, whole_number
from deploy.local.smtp import Smtp

PAGE = 500
MAILBOX = web.AppKey("mailbox", Mailbox)
FRAMED = {
    # What mails bring along neither runs nor is fetched, and their links open beside the inbox.
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Referrer-Policy": "no-referrer",
}


def application(mailbox: Mailbox) -> web.Application:
    app = web.Application()
    app[MAILBOX] = mailbox
    app.add_routes(
        [
            web.get("/", page("inbox.html")),
            web.get("/style.css", page("style.css")),
            web.get("/health", healthy),
            web.get("/messages/{number:[0-9]+}", page("message.html")),
            web.get("/messages/{number:[0-9]+}/html", show_html),
            web.get("/api/count", count),
            web.get("/api/messages", list_messages),
            web.get("/api/messages/{number:[0-9]+}", show),
            web.get("/api/messages/{number:[0-9]+}/raw", download),
        ]
    )
    return app


async def count(request: web.Request) -> web.Response:
    return web.json_response({"count": request.app[MAILBOX].accepted})


async def list_messages(request: web.Request) -> web.Response:
    found = request.app[MAILBOX].after(whole_number(request, "after", 0), request.query.get("to", ""))
    summaries = []
    for mail in list(itertools.islice(found, PAGE)):
        summaries.append(mail.summary)
        await asyncio.sleep(0)  # parsing a page of mails takes long enough to keep SMTP waiting
    return web.json_response(summaries)


async def show(request: web.Request) -> web.Response:
    return web.json_response(_found(request).details())


async def download(request: web.Request) -> web.Response:
    mail = _found(request)
    headers = {"Content-Disposition": f'attachment; filename="{mail.number}.eml"'}
    return web.Response(body=mail.raw, content_type="message/rfc822", headers=headers)


async def show_html(request: web.Request) -> web.Response:
    html = _found(request).details()["html"]
    based = re.sub(r"(<head[^>]*>)", r'\1<base target="_blank">', html, count=1, flags=re.IGNORECASE)
    return web.Response(text=based, content_type="text/html", headers=FRAMED)


def _found(request: web.Request) -> Mail:
    mail = request.app[MAILBOX].find(int(request.match_info["number"]))
    if mail is None:
        raise web.HTTPNotFound(text="no such mail is kept\n")
    return mail


async def main(arguments: argparse.Namespace) -> None:
    mailbox = Mailbox(Journal(arguments.log))
    listening = asyncio.get_running_loop().create_server(
        lambda: Smtp(mailbox), arguments.host, arguments.smtp_port, backlog=1024
    )
    smtp = await listening
    pages = await serve_pages(application(mailbox), arguments.host, arguments.http_port)
    await told_to_stop()
    smtp.close()
    await pages.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.local.inbox", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--log", type=Path, help="append one JSON line for each accepted mail")
    run(main(parser.parse_args()))
