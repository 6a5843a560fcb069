"""Volumes that nothing uses."""

from datetime import datetime, timedelta

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.cluster import PersistentVolume
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import Now
from plumbline.domain.need import need
from plumbline.domain.storage import UnattachedVolume, VolumeObjects
from plumbline.domain.verdict import Patience, Pillar, Severity, Verdict, failed, lasting, passed, warned

RELEASED, UNBOUND = "Released", "Available"


class Orphans(Parameters, frozen=True):
    """After how many days a volume that nothing uses is a warning, and a violation."""

    grace_days: int = 7
    fail_days: int = 30

    @property
    def patience(self) -> Patience:
        """The same for what the record has to time."""
        return Patience(timedelta(days=self.grace_days), timedelta(days=self.fail_days))


@control(
    "cost.orphaned-volumes",
    title="No unused volumes are kept",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "WARN when a volume object is Released or Available, or an EBS volume that Kubernetes made is attached to "
        "nothing and no claim holds it, for more than grace-days. FAIL after fail-days. PASS otherwise. Where the API "
        "does not say since when, the days count from the first sight of it."
    ),
    remediation="aws ec2 create-snapshot --volume-id <volume>, then aws ec2 delete-volume --volume-id <volume>",
)
def unused_volumes_are_not_kept(
    judged: PersistentVolume | UnattachedVolume, objects: Section[VolumeObjects], now: Now, p: Orphans
) -> Verdict:
    """A volume is paid for by its size whether anything reads it or not, and nothing reminds of it.

    A snapshot keeps its data for less, and can become a volume again.
    """
    if isinstance(judged, PersistentVolume):
        return _of_object(judged, now, p)
    return _of_ebs_volume(judged, objects, now, p)


def _of_object(volume: PersistentVolume, now: datetime, p: Orphans) -> Verdict:
    phase, moved = volume.status.phase, volume.status.last_phase_transition_time
    observed = {"state": phase}
    if phase not in (RELEASED, UNBOUND):
        return passed(f"{volume.name} is {phase or 'new'}", observed=observed)
    text = f"{volume.name} is {phase} and no claim uses it"
    return _timed(text, moved, volume.metadata.creation_timestamp, observed, now, p)


def _of_ebs_volume(found: UnattachedVolume, objects: Section[VolumeObjects], now: datetime, p: Orphans) -> Verdict:
    volume, observed = found.volume, {"state": found.volume.state or ""}
    held_by = need(objects).of(volume.volume_id) if found.here else None
    if held_by is not None:
        return passed(f"{volume.volume_id} belongs to {held_by.name}, which is judged by itself", observed=observed)
    text = f"{volume.volume_id} is attached to nothing" + ("" if found.cluster else " and belongs to no cluster here")
    return _timed(text, None, volume.create_time, observed, now, p)


def _timed(
    text: str, since: datetime | None, created: datetime | None, observed: dict[str, str], now: datetime, p: Orphans
) -> Verdict:
    """Judge by the time told, else by the age when that alone is short, else leave it to the record."""
    if since is None:
        if created is not None and now - created <= p.patience.warn_after:
            return passed(f"{text}, and is younger than {p.grace_days} days", observed=observed)
        return lasting("orphaned", text, p.patience, observed=observed)
    days = (now - since).days
    if now - since > p.patience.fail_after:
        return failed("orphaned", f"{text} for {days} days", observed=observed)
    if now - since > p.patience.warn_after:
        return warned("orphaned", f"{text} for {days} days", observed=observed)
    return passed(f"{text} for {days} days", observed=observed)
