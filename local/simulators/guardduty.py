"""GuardDuty detectors: the reads of the evidence plan, and changes of a detector."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError
from local.simulators.world import Row


@simulates("guardduty", "ListDetectors")
def list_detectors(call: Call) -> dict[str, Any]:
    """The ids of the detectors of the account and region: one or none."""
    return {"DetectorIds": list(call.place.detectors)}


def _detector(call: Call) -> Row:
    detector = call.place.detectors.get(call.params["DetectorId"])
    if detector is None:
        message = "The request is rejected because the input detectorId is not owned by the current account."
        raise AwsError("BadRequestException", message)
    return detector


@simulates("guardduty", "GetDetector")
def get_detector(call: Call) -> dict[str, Any]:
    """One detector with its features."""
    return _detector(call)


@simulates("guardduty", "UpdateDetector")
def update_detector(call: Call) -> dict[str, Any]:
    """Switches the detector or some of its features."""
    detector = _detector(call)
    if "Enable" in call.params:
        detector["Status"] = "ENABLED" if call.params["Enable"] else "DISABLED"
    features = {row["Name"]: row for row in detector["Features"]}
    now = call.world.clock()
    for change in call.params.get("Features", ()):
        features[change["Name"]] = {**features.get(change["Name"], {}), **change, "UpdatedAt": now}
    detector["Features"] = list(features.values())
    detector["UpdatedAt"] = f"{now:%Y-%m-%dT%H:%M:%S.000Z}"
    return {}
