"""Every source there is: a line each."""

import difflib
from collections.abc import Mapping
from typing import Final

from runtime.errors import Permanent
from services.ingest.sources import (
    adzuna,
    ashby,
    feed,
    greenhouse,
    hiring,
    jobposting,
    jsonfeed,
    lever,
    neogov,
    pinpoint,
    plain,
    recruitee,
    remoteok,
    remotive,
    smartrecruiters,
    tables,
    teamtailor,
    usajobs,
    weworkremotely,
    workday,
)
from services.ingest.sources.source import Source

SOURCES: Final[Mapping[str, Source]] = {
    module.SOURCE.name: module.SOURCE
    for module in (
        greenhouse,
        lever,
        ashby,
        smartrecruiters,
        recruitee,
        workday,
        teamtailor,
        pinpoint,
        neogov,
        usajobs,
        adzuna,
        remotive,
        remoteok,
        weworkremotely,
        jobposting,
        feed,
        jsonfeed,
        hiring,
        plain,
        tables,
    )
}


class UnknownSource(Permanent):
    """There is no such source."""


def find_source(name: str, columns: Mapping[str, str] = {}) -> Source:
    """The source of that name. `columns`: a table's, theirs by ours. Raises `UnknownSource`, with what may be meant."""
    if (source := SOURCES.get(name.lower())) is None:
        near = difflib.get_close_matches(name.lower(), SOURCES, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(SOURCES)}"
        raise UnknownSource(f"there is no source {name}: {meant}")
    if not columns:
        return source
    if source is not tables.SOURCE:
        raise UnknownSource(f"only the source {tables.SOURCE.name} has columns to be named, and not {source.name}")
    try:
        return tables.table(name=source.name, title=source.title, columns=columns, terms=source.terms)
    except ValueError as error:
        raise UnknownSource(str(error)) from None
