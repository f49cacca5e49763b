"""The services that an electronic record discovers, and what it is asked to send with a request."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

EPISODE = 90
"""Days before today from which observations and studies are asked for, as ``kg.records`` takes an episode to begin."""

PREFETCH: Mapping[str, str] = MappingProxyType(
    {
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
        "observations": f"Observation?patient={{{{context.patientId}}}}&date=ge{{{{today() - {EPISODE} days}}}}",
        "reports": f"DiagnosticReport?patient={{{{context.patientId}}}}&date=ge{{{{today() - {EPISODE} days}}}}",
        "procedures": "Procedure?patient={{context.patientId}}",
        "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    }
)
"""What is needed to judge an order, by key; while one of these is missing, no order is rated."""

HOOKS: Mapping[str, str] = MappingProxyType(
    {"imaging-order-select": "order-select", "imaging-order-sign": "order-sign"}
)
"""The hook of each service, by the id of the service."""

_DESCRIPTION = (
    "Checks an imaging order of the spine against the ACR Appropriateness Criteria, says how urgent it is and whom to "
    "call, and suggests the study that comes next, with reasons."
)
_USE = "Not for emergencies. Use in care needs the licence of the guideline and of the code systems."


def discovery() -> dict[str, Any]:
    """The answer to a discovery request.

    Returns:
        The services, in the form of CDS Hooks 2.0.1.

    >>> [service["hook"] for service in discovery()["services"]]
    ['order-select', 'order-sign']
    """
    services = [
        {
            "id": name,
            "hook": hook,
            "title": "Next imaging study",
            "description": _DESCRIPTION,
            "prefetch": dict(PREFETCH),
            "usageRequirements": _USE,
        }
        for name, hook in HOOKS.items()
    ]
    return {"services": services}
