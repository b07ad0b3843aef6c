"""`/v1/endpoints`: where partners receive alerts as signed webhooks."""

from uuid import UUID

from fastapi import APIRouter

from services.subscriptions.domain.wanted import NewEndpoint
from services.subscriptions.http.bodies import EndpointBody, EndpointList, NewEndpointBody, ProblemBody, TestRequested
from services.subscriptions.http.route import Caller, GivenHere, ProblemRoute
from services.subscriptions.register import end_endpoint, register_endpoint, request_test
from services.subscriptions.store import endpoints

router = APIRouter(
    prefix="/v1/endpoints",
    route_class=ProblemRoute,
    tags=["endpoints"],
    responses={401: {"model": ProblemBody}, 422: {"model": ProblemBody}},
)


@router.post("", status_code=201)
async def create(wanted: NewEndpoint, given: GivenHere, caller: Caller) -> NewEndpointBody:
    """Register an endpoint. Its secret signs every call (Standard Webhooks 1.0.0) and is shown in this answer only."""
    endpoint, secret = await register_endpoint(
        given.store, given.seals, caller, wanted=wanted, insecure=given.insecure_endpoints
    )
    return NewEndpointBody(**EndpointBody.of(endpoint).model_dump(), secret=secret)


@router.get("")
async def read_all(given: GivenHere, caller: Caller) -> EndpointList:
    """All endpoints, without their secrets."""
    async with given.store.reading() as connection:
        found = await endpoints.fetch_endpoints(connection, caller)
    return EndpointList(endpoints=[EndpointBody.of(endpoint) for endpoint in found])


@router.delete("/{id}", status_code=204, responses={404: {"model": ProblemBody}})
async def delete(id: UUID, given: GivenHere, caller: Caller) -> None:
    """End an endpoint, and the subscriptions that go there."""
    await end_endpoint(given.store, caller, id)


@router.post("/{id}/test", status_code=202, responses={404: {"model": ProblemBody}})
async def test(id: UUID, given: GivenHere, caller: Caller) -> TestRequested:
    """Ask for a test event."""
    await request_test(given.store, caller, id)
    return TestRequested()
