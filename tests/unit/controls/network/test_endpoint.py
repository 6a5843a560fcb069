import msgspec
import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Collected
from plumbline.domain.snapshot import Snapshot
from tests.unit.changes import Change, cluster, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label

PUBLIC, PRIVATE, CLUSTER = "network.endpoint-public-access", "network.endpoint-private-access", "cluster/payments"
OFFICE, VPN = "203.0.113.0/24", "2001:db8::/32"


def config(**members: object) -> Change:
    def change(snapshot: Snapshot) -> Snapshot:
        described = snapshot.cluster.cluster
        assert isinstance(described, Collected)
        changed = msgspec.structs.replace(described.value.resources_vpc_config, **members)
        return cluster(resources_vpc_config=changed)(snapshot)

    return change


def public(*cidrs: str) -> Change:
    return config(endpoint_public_access=True, public_access_cidrs=cidrs)


CASES = [
    Case(
        PUBLIC,
        CLUSTER,
        public("0.0.0.0/0"),
        FAIL,
        "open_to_everybody",
        message="the API is public: it is open to everybody (0.0.0.0/0)",
    ),
    Case(PUBLIC, CLUSTER, public(OFFICE, "::/0"), FAIL, "open_to_everybody"),
    Case(PUBLIC, CLUSTER, public(OFFICE, VPN), WARN, "restricted_public"),
    Case(PUBLIC, CLUSTER, public(OFFICE), FAIL, "restricted_public", parameters={"allow-restricted-public": False}),
    Case(
        PUBLIC,
        CLUSTER,
        public("203.0.0.0/15"),
        FAIL,
        "range_too_wide",
        message="the API is public: 203.0.0.0/15 is wider than /16",
    ),
    Case(PUBLIC, CLUSTER, public("203.0.0.0/16"), WARN, "restricted_public"),
    Case(PUBLIC, CLUSTER, public("203.0.0.0/16"), FAIL, "range_too_wide", parameters={"max-ipv4-prefix": "/24"}),
    Case(PUBLIC, CLUSTER, public("203.0.0.0/16"), UNKNOWN, "control_error", parameters={"max-ipv4-prefix": "/33"}),
    Case(PUBLIC, CLUSTER, public(OFFICE), UNKNOWN, "control_error", parameters={"allowed-cidrs": ["office"]}),
    Case(PUBLIC, CLUSTER, public("203.0.113.7/32"), WARN, "restricted_public", parameters={"allowed-cidrs": [OFFICE]}),
    Case(
        PUBLIC,
        CLUSTER,
        public("198.51.100.0/24", OFFICE, VPN),
        FAIL,
        "range_not_allowed",
        parameters={"allowed-cidrs": [OFFICE]},
        message="the API is public: configuration does not allow 198.51.100.0/24, 2001:db8::/32",
    ),
    Case(
        PUBLIC,
        CLUSTER,
        public("0.0.0.0/0", "198.0.0.0/8"),
        FAIL,
        "open_to_everybody range_too_wide range_not_allowed",
        parameters={"allowed-cidrs": [OFFICE]},
    ),
    # The list means nothing while public access is off.
    Case(PUBLIC, CLUSTER, config(public_access_cidrs=("0.0.0.0/0",)), PASS, message="public access is off"),
    Case(PUBLIC, CLUSTER, public(), UNKNOWN, "not_collected"),
    Case(PUBLIC, CLUSTER, public("everywhere"), UNKNOWN, "parse_error"),
    Case(PUBLIC, CLUSTER, config(endpoint_public_access=None), UNKNOWN, "not_collected"),
    Case(PUBLIC, CLUSTER, cluster(resources_vpc_config=eks.VpcConfig()), UNKNOWN, "not_collected"),
    Case(PUBLIC, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- private access
    Case(
        PRIVATE,
        CLUSTER,
        config(endpoint_private_access=False),
        FAIL,
        "private_access_off",
        message="private access is off: nodes reach the API from outside",
    ),
    Case(PRIVATE, CLUSTER, config(endpoint_private_access=None), UNKNOWN, "not_collected"),
    Case(PRIVATE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_endpoint(case: Case) -> None:
    check(case)
