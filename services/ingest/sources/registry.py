"""Every source there is: a line each."""

from collections.abc import Mapping
from typing import Final

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
    )
}
