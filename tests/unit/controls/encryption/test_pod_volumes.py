from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes import cluster as k8s
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, each, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import storage_class, volume
from tests.unit.surroundings import ebs_volume

AT_REST, IN_TRANSIT = "encryption.persistent-volumes", "encryption.efs-in-transit"
CLASS, DATA, SHARED = "StorageClass/gp3", "PersistentVolume/pv-data", "PersistentVolume/pv-shared"
DEFAULT_OFF = section("ebs_default", read(ec2.EbsDefault(ebs_encryption_by_default=False)))


def classes(**members: Any) -> Change:
    return each("storage_classes", storage_class(**members))


def stored(**spec: Any) -> Change:
    return each("persistent_volumes", volume("data", **spec))


def efs(**attributes: str) -> Change:
    csi = k8s.CsiVolume(driver="efs.csi.aws.com", volume_handle="fs-1", volume_attributes=attributes)
    return stored(csi=csi)


def nfs(server: str) -> Change:
    return stored(nfs=k8s.Nfs(server=server))


IN_TREE = stored(aws_elastic_block_store=k8s.ElasticBlockStore(volume_id="aws://eu-west-1a/vol-9"))

CASES = [
    Case(
        AT_REST,
        CLASS,
        all_of(classes(parameters={}), DEFAULT_OFF),
        FAIL,
        "class_not_encrypted",
        message="class gp3 does not ask for encryption, and EBS encryption by default is off",
    ),
    Case(AT_REST, CLASS, all_of(classes(parameters={"encrypted": "false"}), DEFAULT_OFF), FAIL, "class_not_encrypted"),
    Case(AT_REST, CLASS, all_of(classes(parameters={"encrypted": "TRUE"}), DEFAULT_OFF), PASS),
    Case(AT_REST, CLASS, classes(parameters={}), PASS),
    Case(AT_REST, CLASS, all_of(classes(provisioner="efs.csi.aws.com"), DEFAULT_OFF), NA, "other_provisioner"),
    Case(AT_REST, CLASS, all_of(classes(parameters={}), without("ebs_default")), UNKNOWN, "access_denied"),
    Case(
        AT_REST,
        DATA,
        each("volumes", ebs_volume(encrypted=False)),
        FAIL,
        "volume_not_encrypted",
        message="pv-data (vol-1) is not encrypted",
    ),
    Case(AT_REST, DATA, all_of(IN_TREE, each("volumes", ebs_volume("vol-9"))), PASS),
    Case(AT_REST, DATA, IN_TREE, UNKNOWN, "not_found_in_listing"),
    Case(AT_REST, DATA, each("volumes", ebs_volume(encrypted=None)), UNKNOWN, "not_collected"),
    Case(AT_REST, DATA, efs(), NA, "other_storage"),
    Case(AT_REST, DATA, stored(), NA, "other_storage"),
    Case(AT_REST, DATA, without("volumes"), UNKNOWN, "access_denied"),
    Case(AT_REST, "PersistentVolume/*", without("persistent_volumes"), UNKNOWN, "access_denied"),
    Case(
        IN_TRANSIT,
        DATA,
        efs(encryptInTransit="false"),
        FAIL,
        "no_tls",
        message="pv-data is mounted without TLS",
    ),
    Case(IN_TRANSIT, DATA, efs(encryptInTransit="true"), PASS),
    Case(IN_TRANSIT, DATA, nfs("fs-0123abcd.efs.eu-west-1.amazonaws.com"), WARN, "plain_nfs"),
    Case(IN_TRANSIT, DATA, nfs("nas.example.com"), NA, "other_storage"),
    Case(IN_TRANSIT, DATA, stored(), NA, "other_storage"),
    Case(IN_TRANSIT, "PersistentVolume/*", without("persistent_volumes"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_volumes_of_pods(case: Case) -> None:
    check(case)
