"""Which of several imported caches a step came from; BuildKit takes them as one and does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_cicache.engines.simulated import SimulatedBuilder
from pytest_cicache.errors import CicacheError

if TYPE_CHECKING:
    from pytest_cicache.engines._protocols import BuildPlace
    from pytest_cicache.engines.buildx._steps import BuildPlan

__all__ = ["credited"]


async def credited(plan: BuildPlan, place: BuildPlace) -> Mapping[str, str]:
    """Give, by the name of a step, the first reference on the command line that holds it.

    The simulated builder computes the keys BuildKit uses and reads the same caches again, unrecorded. A step it
    cannot tell is left out.
    """
    request = replace(
        plan.request,
        cache_to=(),
        tags=(),
        outputs=(),
        push=False,
        load=False,
        metadata_file=None,
        iidfile=None,
    )
    looking = replace(place, gateway=place.unrecorded or place.gateway, stdin=plan.stdin, say=lambda line: None)
    builder = SimulatedBuilder()
    try:
        record = await builder.build(request, looking)
    except CicacheError:
        return {}  # what cannot be simulated can still be built
    finally:
        await builder.close()
    found = ((plan.steps.title(vertex.name), vertex.source) for vertex in record.vertices)
    return {name: source for name, source in found if name is not None and source is not None}
